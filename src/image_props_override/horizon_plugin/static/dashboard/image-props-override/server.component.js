// SPDX-License-Identifier: Apache-2.0
// The tab of an instance: what it has, and a change of what it overrides.
(function () {
  'use strict';

  angular
    .module('horizon.image-props-override')
    .component('imagePropsOfServer', {
      templateUrl: ['$window', function ($window) {
        return $window.STATIC_URL + 'dashboard/image-props-override/server.html';
      }],
      bindings: {serverId: '@'},
      controller: ['imagePropsOverrideApi', ServerController]
    });

  function ServerController(api) {
    var ctrl = this;

    ctrl.server = null;
    ctrl.failure = '';
    ctrl.isEditing = false;
    ctrl.isSaving = false;
    ctrl.isSaved = false;
    ctrl.isBlocked = false;
    ctrl.overrides = {};
    ctrl.edit = edit;
    ctrl.cancel = cancel;
    ctrl.changed = changed;
    ctrl.save = save;
    ctrl.$onInit = load;

    function load() {
      return api.server(ctrl.serverId).then(function (server) {
        ctrl.server = server;
        ctrl.overrides = server.overrides;
        ctrl.source = {serverId: ctrl.serverId};
      }, fail);
    }

    function edit() {
      ctrl.failure = '';
      ctrl.isSaved = false;
      ctrl.isEditing = true;
    }

    function cancel() {
      ctrl.failure = '';
      ctrl.isEditing = false;
    }

    function changed(overrides, isBlocked) {
      ctrl.overrides = overrides;
      ctrl.isBlocked = isBlocked;
    }

    function save() {
      ctrl.isSaving = true;
      ctrl.failure = '';
      return api.changeServer(ctrl.serverId, ctrl.overrides).then(function () {
        return load().then(function () {
          ctrl.isEditing = false;
          ctrl.isSaved = true;
        });
      }, fail).finally(function () {
        ctrl.isSaving = false;
      });
    }

    function fail(error) {
      ctrl.failure = error.data ||
        gettext('The image properties of this server could not be read.');
    }
  }
})();
