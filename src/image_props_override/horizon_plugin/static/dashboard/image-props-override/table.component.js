// SPDX-License-Identifier: Apache-2.0
// Image properties, their values, and where each comes from.
(function () {
  'use strict';

  // The words of the API and of the plug-in's own view of a server.
  var ORIGINS = {
    override: gettext('Override'),
    removed: gettext('Removed by an override'),
    image: gettext('Image'),
    flavor: gettext('Flavor'),
    nova: gettext('Nova'),
    unknown: gettext('Image or Nova')
  };

  angular
    .module('horizon.image-props-override')
    .component('imagePropsTable', {
      templateUrl: ['$window', function ($window) {
        return $window.STATIC_URL + 'dashboard/image-props-override/table.html';
      }],
      // Objects with `name`, `value`, `origin` and `image_value`.
      bindings: {rows: '<'},
      controller: function () {
        this.originOf = function (row) {
          return ORIGINS[row.origin] || row.origin;
        };
      }
    });
})();
