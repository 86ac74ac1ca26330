// SPDX-License-Identifier: Apache-2.0
// What Rebuild Instance does with overrides: a field of Horizon's form.
(function () {
  'use strict';

  angular
    .module('horizon.image-props-override')
    .component('imagePropsRebuild', {
      templateUrl: ['$window', function ($window) {
        return $window.STATIC_URL + 'dashboard/image-props-override/rebuild.html';
      }],
      bindings: {
        serverId: '@',
        // The field of the form that is sent.
        name: '@',
        // What it has, as JSON and URI-encoded; empty: keep.
        value: '@'
      },
      controller: ['$element', '$scope', 'imagePropsOverrideApi',
        RebuildController]
    });

  function RebuildController($element, $scope, api) {
    var ctrl = this;

    ctrl.choice = 'keep';
    ctrl.server = null;
    ctrl.source = null;
    ctrl.failure = '';
    ctrl.overrides = {};
    ctrl.sent = sent;
    ctrl.changed = changed;

    ctrl.$onInit = function () {
      var asked = ctrl.value && angular.fromJson(decodeURIComponent(ctrl.value));
      if (asked) {
        ctrl.choice = Object.keys(asked).length ? 'change' : 'drop';
      }
      api.server(ctrl.serverId).then(function (server) {
        ctrl.server = server;
        ctrl.overrides = ctrl.choice === 'change' ? asked : server.overrides;
        ctrl.initial = ctrl.overrides;
        look();
      }, function (error) {
        ctrl.failure = error.data;
      });
      images().on('change', onImage);
      // The table needs more room than Horizon's dialog has.
      $scope.$watch('$ctrl.choice', function (choice) {
        angular.element($element).closest('.modal-dialog')
          .toggleClass('modal-lg', choice === 'change');
      });
    };
    ctrl.$onDestroy = function () {
      images().off('change', onImage);
    };

    // Horizon's own choice of the image, in the same form.
    function images() {
      return angular.element($element).closest('form').find('[name=image]');
    }

    function onImage() {
      $scope.$evalAsync(look);
    }

    function look() {
      var image = images().val();
      ctrl.source = image && ctrl.server && ctrl.server.flavor_id
        ? {imageRef: image, flavorRef: ctrl.server.flavor_id} : null;
    }

    function changed(overrides) {
      ctrl.overrides = overrides;
    }

    // Returns the text that is sent.
    function sent() {
      switch (ctrl.choice) {
        case 'change': return angular.toJson(ctrl.overrides);
        case 'drop': return '{}';
        default: return '';
      }
    }
  }
})();
