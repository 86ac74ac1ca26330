// SPDX-License-Identifier: Apache-2.0
// The step Image Properties of Launch Instance.
(function () {
  'use strict';

  var DEBOUNCE_MS = 400;
  var CLASSES = [
    ['guest', gettext('Guest')],
    ['placement', gettext('Placement')],
    ['security', gettext('Security')],
    ['no_effect', gettext('Without effect at boot')]
  ];

  angular
    .module('horizon.image-props-override')
    .controller('ImagePropsOverrideStepController',
      ['$scope', '$timeout', 'imagePropsOverrideApi', StepController])
    .directive('imagePropsBlocked', blocked);

  function StepController($scope, $timeout, api) {
    var ctrl = this;
    var spec = $scope.model.newInstanceSpec;
    var waiting = null;
    var latest = 0;

    ctrl.groups = [];
    ctrl.changes = {};
    ctrl.imageValues = {};
    ctrl.problems = {};
    ctrl.otherProblems = [];
    ctrl.preview = null;
    ctrl.failure = '';
    ctrl.filter = '';
    ctrl.onlyChanged = false;
    ctrl.isBlocked = false;
    ctrl.controlOf = controlOf;
    ctrl.choices = choices;
    ctrl.bytes = bytes;
    ctrl.isShown = isShown;
    ctrl.isChanged = isChanged;
    ctrl.remove = remove;
    ctrl.reset = reset;
    ctrl.changed = changed;

    api.catalogue().then(function (properties) {
      ctrl.groups = CLASSES.map(function (each) {
        return {
          title: each[1],
          properties: properties.filter(function (property) {
            return property['class'] === each[0];
          })
        };
      });
    });
    $scope.$watchGroup([
      function () { return spec.source[0] && spec.source[0].id; },
      function () { return spec.flavor && spec.flavor.id; }
    ], changed);

    function controlOf(property) {
      if (property.kind === 'enum' || property.kind === 'boolean') {
        return 'choice';
      }
      return property.kind === 'integer' ? 'number' : 'text';
    }

    function choices(property) {
      return property.allowed_values.values || [];
    }

    function bytes(text) {
      return text ? unescape(encodeURIComponent(text)).length : 0;
    }

    function isChanged(property) {
      return overrides().hasOwnProperty(property.name);
    }

    function isShown(property) {
      var text = (property.name + ' ' + property.description).toLowerCase();
      return (!ctrl.onlyChanged || isChanged(property)) &&
        text.indexOf(ctrl.filter.toLowerCase()) !== -1;
    }

    function remove(property) {
      ctrl.changes[property.name] = {removed: true, value: ''};
      changed();
    }

    function reset(property) {
      delete ctrl.changes[property.name];
      changed();
    }

    function overrides() {
      var found = {};
      angular.forEach(ctrl.changes, function (change, name) {
        if (change.removed) {
          found[name] = null;
        } else if (change.value !== '' && change.value !== null &&
                   angular.isDefined(change.value)) {
          found[name] = String(change.value);
        }
      });
      return found;
    }

    function changed() {
      var asked = overrides();
      if (Object.keys(asked).length) {
        spec.image_props_override = asked;
      } else {
        delete spec.image_props_override;
      }
      $timeout.cancel(waiting);
      waiting = $timeout(preview, DEBOUNCE_MS);
    }

    function preview() {
      var number = ++latest;
      var body = source();
      if (!body) {
        ctrl.preview = null;
        ctrl.isBlocked = false;
        return;
      }
      body.flavorRef = spec.flavor.id;
      body.image_props_override = overrides();
      api.preview(body).then(function (answer) {
        // Of two answers, the one to the later question counts.
        if (number === latest) { show(answer); }
      }, function (error) {
        if (number === latest) {
          ctrl.failure = error.data;
          // The launch would be refused for the same reason.
          ctrl.isBlocked = error.status === 400;
        }
      });
    }

    function source() {
      var type = spec.source_type && spec.source_type.type;
      if (!spec.source[0] || !spec.flavor) { return null; }
      if (type === 'image' || type === 'snapshot') {
        return {imageRef: spec.source[0].id};
      }
      return type === 'volume' ? {volumeId: spec.source[0].id} : null;
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
      // Without overrides it is stock Horizon's affair.
      ctrl.isBlocked = !answer.bootable && Boolean(spec.image_props_override);
    }
  }

  // Makes the step's form invalid, so that the wizard does not launch.
  function blocked() {
    return {
      require: '^form',
      link: function (scope, element, attributes, form) {
        scope.$watch(attributes.imagePropsBlocked, function (isBlocked) {
          form.$setValidity('imageProps', !isBlocked);
        });
      }
    };
  }
})();
