// SPDX-License-Identifier: Apache-2.0
// The step Image Properties of Launch Instance: the editor beside the form's
// own model.
(function () {
  'use strict';

  angular
    .module('horizon.image-props-override')
    .controller('ImagePropsOverrideStepController', ['$scope', StepController])
    .directive('imagePropsBlocked', blocked);

  function StepController($scope) {
    var ctrl = this;
    var spec = $scope.model.newInstanceSpec;

    ctrl.source = null;
    ctrl.isApproximate = false;
    ctrl.isBlocked = false;
    ctrl.changed = changed;

    $scope.$watch(sourceOf, function (source) { ctrl.source = source; }, true);
    $scope.$watch(isApproximate, function (is) { ctrl.isApproximate = is; });

    function sourceOf() {
      var chosen = spec.source && spec.source[0];
      var type = spec.source_type && spec.source_type.type;
      if (!chosen || !spec.flavor) { return null; }
      switch (type) {
        case 'image':
        case 'snapshot':
          return {imageRef: chosen.id, flavorRef: spec.flavor.id};
        case 'volume':
          return {volumeId: chosen.id, flavorRef: spec.flavor.id};
        case 'volume_snapshot':
          // Nova, too, reads the image's properties from its volume.
          return {volumeId: chosen.volume_id, flavorRef: spec.flavor.id};
        default:
          return null;
      }
    }

    function isApproximate() {
      // The image's size counts against the new volume, not the flavor.
      return Boolean(spec.vol_create) ||
        Boolean(spec.source_type && spec.source_type.type === 'volume_snapshot');
    }

    function changed(overrides, isBlocked) {
      var isEmpty = Object.keys(overrides).length === 0;
      if (isEmpty) {
        delete spec.image_props_override;
      } else {
        spec.image_props_override = overrides;
      }
      // Without overrides it is stock Horizon's affair.
      ctrl.isBlocked = isBlocked && !isEmpty;
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
