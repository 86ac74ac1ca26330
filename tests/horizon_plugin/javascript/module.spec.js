// SPDX-License-Identifier: Apache-2.0
describe('the seam to Horizon', function () {
  'use strict';

  var $httpBackend, nova, sentByStock, workflow;

  beforeEach(function () {
    sentByStock = window.sentByStock = [];
    module('horizon.image-props-override');
    inject(function ($injector) {
      $httpBackend = $injector.get('$httpBackend');
      nova = $injector.get('horizon.app.core.openstack-service-api.nova');
      workflow = $injector.get(
        'horizon.dashboard.project.workflow.launch-instance.workflow');
    });
  });
  afterEach(function () {
    $httpBackend.verifyNoOutstandingExpectation();
    $httpBackend.verifyNoOutstandingRequest();
  });

  function ids() {
    return workflow.steps.map(function (step) { return step.id; });
  }

  function isReady() {
    var ready;
    workflow.steps[2].checkReadiness().then(function (is) { ready = is; });
    $httpBackend.flush();
    return ready;
  }

  it('asks nothing before the form is opened', function () {
    expect(ids()).toEqual(['source', 'flavor', 'image-props-override', 'networks']);
  });

  it('has a step where there are properties', function () {
    $httpBackend.expectGET('/api/image_props_override/catalogue/')
      .respond({properties: [{name: 'hw_disk_bus'}]});
    expect(isReady()).toBe(true);
  });

  it('has no step where there are none', function () {
    $httpBackend.expectGET('/api/image_props_override/catalogue/')
      .respond({properties: []});
    expect(isReady()).toBe(false);
  });

  it('has no step where the dashboard fails', function () {
    $httpBackend.expectGET('/api/image_props_override/catalogue/').respond(500, '');
    expect(isReady()).toBe(false);
  });

  it('leaves a launch without overrides to Horizon', function () {
    nova.createServer({name: 'a'});
    nova.createServer({name: 'b', image_props_override: {}});
    expect(sentByStock).toEqual([{name: 'a'}, {name: 'b'}]);
  });

  it('sends a launch with overrides to the plug-in', function () {
    var spec = {name: 'c', image_props_override: {hw_disk_bus: null}};
    $httpBackend.expectPOST('/api/image_props_override/servers/', spec).respond({});
    nova.createServer(spec);
    $httpBackend.flush();
    expect(sentByStock).toEqual([]);
  });
});
