// SPDX-License-Identifier: Apache-2.0
// The table of image properties with a control for each, and the preview.
(function () {
  'use strict';

  var DEBOUNCE_MS = 400;
  var ENTER = 13;
  var CLASSES = [
    ['guest', gettext('Guest')],
    ['placement', gettext('Placement')],
    ['security', gettext('Security')],
    ['no_effect', gettext('Without effect at boot')]
  ];
  // What a change of a stopped server cannot do.
  var UNCHANGEABLE = {
    move: gettext('A stopped server cannot change it: only a new boot can.'),
    never: gettext('It was fixed when the server was created.')
  };

  angular
    .module('horizon.image-props-override')
    .component('imagePropsEditor', {
      templateUrl: ['$window', function ($window) {
        return $window.STATIC_URL + 'dashboard/image-props-override/editor.html';
      }],
      bindings: {
        // What is overridden when the editor opens.
        overrides: '<',
        // What a preview is of, as the API names it; null: there is none.
        source: '<',
        // Whether the server exists, and stays on its host.
        isChange: '<',
        // Whether the preview is of something near to what will be done, so
        // that only problems of a property are certain.
        isApproximate: '<',
        // Called with `overrides`, and `isBlocked`: the API would refuse them.
        onChange: '&'
      },
      controller: ['$document', '$timeout', 'imagePropsChanges',
        'imagePropsOverrideApi', EditorController]
    });

  function EditorController($document, $timeout, changesService, api) {
    var ctrl = this;
    var properties = [];
    var waiting = null;
    var latest = 0;

    ctrl.groups = [];
    ctrl.changes = {};
    ctrl.newTrait = '';
    ctrl.imageValues = {};
    ctrl.problems = {};
    ctrl.warnings = {};
    ctrl.otherProblems = [];
    ctrl.preview = null;
    ctrl.failure = '';
    ctrl.filter = '';
    ctrl.onlyChanged = false;
    ctrl.controlOf = changesService.controlOf;
    ctrl.choices = choices;
    ctrl.bytes = bytes;
    ctrl.rule = rule;
    ctrl.isOpen = isOpen;
    ctrl.isShown = isShown;
    ctrl.isChanged = isChanged;
    ctrl.canRemove = canRemove;
    ctrl.remove = remove;
    ctrl.reset = reset;
    ctrl.addMember = addMember;
    ctrl.members = members;
    ctrl.onEnter = onEnter;
    ctrl.changed = changed;

    ctrl.$onInit = function () {
      api.catalogue().then(function (found) {
        properties = found;
        ctrl.changes = changesService.fromOverrides(ctrl.overrides, found);
        ctrl.groups = CLASSES.map(function (each) {
          return {
            title: each[1],
            properties: found.filter(function (property) {
              return property['class'] === each[0];
            })
          };
        });
        changed();
      }, fail);
    };
    ctrl.$onChanges = function (bound) {
      if (bound.source && !bound.source.isFirstChange()) { changed(); }
    };
    ctrl.$onDestroy = function () {
      $timeout.cancel(waiting);
      latest += 1;
    };

    function choices(property) {
      var values = property.allowed_values.values || [];
      var change = ctrl.changes[property.name];
      // A server may have what rules allow no longer.
      return !change || !change.value || values.indexOf(change.value) !== -1
        ? values : values.concat(change.value);
    }

    function bytes(text) {
      return text ? unescape(encodeURIComponent(text)).length : 0;
    }

    function rule(property) {
      if (!property.allowed) { return property.rule; }
      return ctrl.isChange && UNCHANGEABLE[property.takes_effect] || '';
    }

    function isOpen(property) {
      return !rule(property);
    }

    function isChanged(name) {
      return changesService.toOverrides(ctrl.changes).hasOwnProperty(name);
    }

    function isShown(property) {
      var text = (property.name + ' ' + property.description).toLowerCase();
      return (!ctrl.onlyChanged || isChanged(property.name) ||
              members(property).length > 0) &&
        text.indexOf(ctrl.filter.toLowerCase()) !== -1;
    }

    function canRemove(property) {
      var hasValue = Object.keys(ctrl.imageValues).some(function (name) {
        return ctrl.imageValues[name] !== null && (name === property.name ||
          changesService.parentOf(name, [property]) !== null);
      });
      return property.removal_allowed && isOpen(property) && hasValue &&
        !isChanged(property.name);
    }

    function remove(property) {
      ctrl.changes[property.name] = {removed: true, value: ''};
      changed();
      focus('image-prop-reset-' + property.name);
    }

    function reset(name) {
      delete ctrl.changes[name];
      changed();
      focus('image-prop-' + (changesService.parentOf(name, properties) || name));
    }

    // The button that was pressed goes away; its neighbour takes the focus.
    function focus(id) {
      $timeout(function () {
        var element = $document[0].getElementById(id);
        if (element) { element.focus(); }
      });
    }

    // Returns the names of the members that are overridden.
    function members(property) {
      return Object.keys(ctrl.changes).filter(function (name) {
        return changesService.parentOf(name, [property]) !== null;
      }).sort();
    }

    function addMember(property) {
      var name = changesService.newMember(
        property, members(property), ctrl.newTrait);
      if (name) {
        ctrl.changes[name] = {
          removed: false,
          value: property.kind === 'trait_list' ? 'required' : ''
        };
        ctrl.newTrait = '';
        changed();
      }
    }

    // The form around the editor is not sent by a filter or a new trait.
    function onEnter(event, property) {
      if (event.which === ENTER) {
        event.preventDefault();
        if (property) { addMember(property); }
      }
    }

    function changed() {
      $timeout.cancel(waiting);
      // Blocked as before, until the API has said what it thinks.
      tell(ctrl.isBlocked);
      waiting = $timeout(preview, DEBOUNCE_MS);
    }

    function tell(isBlocked) {
      ctrl.isBlocked = Boolean(isBlocked);
      ctrl.onChange({
        overrides: changesService.toOverrides(ctrl.changes),
        isBlocked: ctrl.isBlocked
      });
    }

    function preview() {
      var number = ++latest;
      if (!ctrl.source) {
        ctrl.preview = null;
        tell(false);
        return;
      }
      var body = angular.extend({}, ctrl.source, {
        image_props_override: changesService.toOverrides(ctrl.changes)
      });
      api.preview(body).then(function (answer) {
        // Of two answers, the one to the later question counts.
        if (number === latest) { show(answer); }
      }, function (error) {
        if (number === latest) { fail(error); }
      });
    }

    function fail(error) {
      ctrl.failure = error.data;
      // The request itself would be refused for the same reason.
      tell(error.status === 400);
    }

    function show(answer) {
      ctrl.failure = '';
      ctrl.preview = answer;
      ctrl.imageValues = {};
      answer.properties.forEach(function (each) {
        ctrl.imageValues[each.name] = each.image_value;
      });
      ctrl.problems = {};
      ctrl.otherProblems = [];
      answer.problems.forEach(function (problem) {
        if (ctrl.changes[problem.property]) {
          ctrl.problems[problem.property] = problem.message;
        } else {
          ctrl.otherProblems.push(problem);
        }
      });
      ctrl.warnings = {};
      answer.warnings.forEach(function (warning) {
        ctrl.warnings[warning.property] = warning.message;
      });
      tell(answer.problems.some(function (problem) {
        return problem.property || !ctrl.isApproximate;
      }));
    }
  }
})();
