// SPDX-License-Identifier: Apache-2.0
// The plug-in's own REST views. Each returns a promise of what the API
// answers; an error's `data` is the API's own sentence.
(function () {
  'use strict';

  angular
    .module('horizon.image-props-override')
    .factory('imagePropsOverrideApi', ['$http', '$window', api]);

  function api($http, $window) {
    var root = $window.WEBROOT + 'api/image_props_override/';

    return {
      catalogue: function () {
        // Several parts of a page ask; it stays the same while one works.
        return $http.get(root + 'catalogue/', {cache: true}).then(
          function (answer) {
            return answer.data.properties;
          });
      },
      preview: function (asked) {
        return $http.post(root + 'preview/', asked).then(data);
      },
      server: function (id) {
        return $http.get(urlOf(id)).then(data);
      },
      changeServer: function (id, overrides) {
        return $http.put(urlOf(id), {image_props_override: overrides});
      },
      createServer: function (spec) {
        // The wizard shows the text of an error.
        return $http.post(root + 'servers/', spec);
      }
    };

    function urlOf(id) {
      return root + 'servers/' + encodeURIComponent(id) + '/';
    }
  }

  function data(answer) {
    return answer.data;
  }
})();
