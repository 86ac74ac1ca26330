// SPDX-License-Identifier: Apache-2.0
// The plug-in's own REST views.
(function () {
  'use strict';

  angular
    .module('horizon.image-props-override')
    .factory('imagePropsOverrideApi', ['$http', '$window', api]);

  function api($http, $window) {
    var root = $window.WEBROOT + 'api/image_props_override/';

    return {
      catalogue: function () {
        return $http.get(root + 'catalogue/').then(function (answer) {
          return answer.data.properties;
        });
      },
      preview: function (asked) {
        return $http.post(root + 'preview/', asked).then(data);
      },
      createServer: function (spec) {
        // The wizard shows the text of an error: the API's own sentence.
        return $http.post(root + 'servers/', spec);
      }
    };
  }

  function data(answer) {
    return answer.data;
  }
})();
