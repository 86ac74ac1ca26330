// SPDX-License-Identifier: Apache-2.0
describe('the step', function () {
  'use strict';

  var scope, spec, step;

  beforeEach(module('horizon.image-props-override'));
  beforeEach(inject(function ($controller, $rootScope) {
    spec = {source: [], source_type: {type: 'image'}, flavor: null};
    scope = $rootScope.$new();
    scope.model = {newInstanceSpec: spec};
    step = $controller('ImagePropsOverrideStepController', {$scope: scope});
  }));

  function choose(type, source, more) {
    spec.source_type = {type: type};
    spec.source = [source];
    spec.flavor = {id: 'f'};
    angular.extend(spec, more);
    scope.$digest();
  }

  it('has no preview before source and flavor are chosen', function () {
    scope.$digest();
    expect(step.source).toBe(null);
  });

  it('previews what each source is made of', function () {
    choose('image', {id: 'i'});
    expect(step.source).toEqual({imageRef: 'i', flavorRef: 'f'});
    choose('snapshot', {id: 's'});
    expect(step.source).toEqual({imageRef: 's', flavorRef: 'f'});
    choose('volume', {id: 'v'});
    expect(step.source).toEqual({volumeId: 'v', flavorRef: 'f'});
    expect(step.isApproximate).toBe(false);
    choose('volume_snapshot', {id: 'vs', volume_id: 'w'});
    expect(step.source).toEqual({volumeId: 'w', flavorRef: 'f'});
    expect(step.isApproximate).toBe(true);
  });

  it('knows that a new volume has a size of its own', function () {
    choose('image', {id: 'i'}, {vol_create: true});
    expect(step.isApproximate).toBe(true);
  });

  it('leaves no trace in the form without overrides', function () {
    var before = angular.copy(spec);
    step.changed({hw_disk_bus: 'scsi'}, false);
    expect(spec.image_props_override).toEqual({hw_disk_bus: 'scsi'});
    step.changed({}, true);
    expect(spec).toEqual(before);
    expect(step.isBlocked).toBe(false);
  });

  it('blocks a launch that the API would refuse', function () {
    step.changed({hw_disk_bus: 'x'}, true);
    expect(step.isBlocked).toBe(true);
  });
});
