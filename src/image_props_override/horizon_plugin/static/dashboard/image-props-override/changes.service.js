// SPDX-License-Identifier: Apache-2.0
// What a user has changed in the editor, and the overrides that it means.
(function () {
  'use strict';

  // Kinds whose members are overridden one by one.
  var LISTS = ['cpu_set_list', 'integer_list'];
  var TRAITS = 'trait_list';
  var TRAIT_PREFIX = 'trait:';

  angular
    .module('horizon.image-props-override')
    .value('imagePropsChanges', {
      fromOverrides: fromOverrides,
      toOverrides: toOverrides,
      controlOf: controlOf,
      newMember: newMember,
      parentOf: parentOf
    });

  // Returns name to {removed, value}, as the controls hold it.
  function fromOverrides(overrides, properties) {
    var kinds = {};
    var changes = {};
    properties.forEach(function (property) {
      kinds[property.name] = property.kind;
    });
    angular.forEach(overrides, function (value, name) {
      changes[name] = value === null
        ? {removed: true, value: ''}
        : {
          removed: false,
          value: kinds[name] === 'integer' ? Number(value) : value
        };
    });
    return changes;
  }

  // Returns name to text, or to null for what is removed.
  function toOverrides(changes) {
    var overrides = {};
    angular.forEach(changes, function (change, name) {
      if (change.removed) {
        overrides[name] = null;
      } else if (angular.isDefined(change.value) && change.value !== null &&
                 change.value !== '') {
        overrides[name] = String(change.value);
      }
    });
    return overrides;
  }

  // Returns which control a property has.
  function controlOf(property) {
    switch (property.kind) {
      case 'enum':
      case 'boolean':
        return 'choice';
      case 'integer':
        return 'number';
      case TRAITS:
        return 'traits';
      default:
        return LISTS.indexOf(property.kind) === -1 ? 'text' : 'members';
    }
  }

  // Returns the name of one more member of a list; text names a trait.
  function newMember(property, taken, text) {
    if (property.kind === TRAITS) {
      var trait = (text || '').trim();
      return trait && TRAIT_PREFIX + trait;
    }
    var index = 0;
    while (taken.indexOf(property.name + '.' + index) !== -1) {
      index += 1;
    }
    return property.name + '.' + index;
  }

  // Returns the name of the list that a name is a member of, or null.
  function parentOf(name, properties) {
    var found = properties.filter(function (property) {
      if (property.kind === TRAITS) {
        return name.indexOf(TRAIT_PREFIX) === 0;
      }
      return LISTS.indexOf(property.kind) !== -1 &&
        name.indexOf(property.name + '.') === 0;
    });
    return found.length ? found[0].name : null;
  }
})();
