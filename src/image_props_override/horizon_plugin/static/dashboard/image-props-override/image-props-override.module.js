// SPDX-License-Identifier: Apache-2.0
// The seam to Horizon's AngularJS: the only file that knows its services.
(function () {
  'use strict';

  angular
    .module('horizon.image-props-override', [
      'horizon.dashboard.project.workflow.launch-instance',
      'horizon.app.core.openstack-service-api'
    ])
    // In a config block: to inject the workflow while the application starts
    // would ask the API before anybody has logged in.
    .config(['$provide', decorate]);

  function decorate($provide) {
    $provide.decorator(
      'horizon.dashboard.project.workflow.launch-instance.workflow',
      ['$delegate', '$injector', '$window',
        addStep]);
    $provide.decorator(
      'horizon.app.core.openstack-service-api.nova',
      ['$delegate', '$injector', sendOverrides]);
  }

  function addStep(workflow, $injector, $window) {
    var step = {
      id: 'image-props-override',
      title: gettext('Image Properties'),
      templateUrl: $window.STATIC_URL +
        'dashboard/image-props-override/step.html',
      helpUrl: $window.STATIC_URL +
        'dashboard/image-props-override/step.help.html',
      formName: 'launchInstanceImagePropertiesForm',
      checkReadiness: function () {
        return $injector.get('imagePropsOverrideApi').catalogue().then(
          function (properties) { return properties.length > 0; },
          function () { return false; });
      }
    };
    var flavor = workflow.steps.findIndex(function (each) {
      return each.id === 'flavor';
    });
    workflow.steps.splice(flavor + 1, 0, step);
    return workflow;
  }

  function sendOverrides(nova, $injector) {
    var createServer = nova.createServer;
    nova.createServer = function (spec) {
      var overrides = spec.image_props_override;
      if (!overrides || Object.keys(overrides).length === 0) {
        // Stock Horizon's request, byte for byte.
        delete spec.image_props_override;
        return createServer(spec);
      }
      return $injector.get('imagePropsOverrideApi').createServer(spec);
    };
    return nova;
  }
})();
