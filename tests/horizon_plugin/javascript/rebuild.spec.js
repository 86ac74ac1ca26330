// SPDX-License-Identifier: Apache-2.0
describe('the field of a rebuild', function () {
  'use strict';

  var OVERRIDES = {hw_disk_bus: 'scsi'};
  var $componentController, $httpBackend, form, scope;

  beforeEach(module('horizon.image-props-override'));
  beforeEach(inject(function ($injector) {
    $componentController = $injector.get('$componentController');
    $httpBackend = $injector.get('$httpBackend');
    scope = $injector.get('$rootScope').$new();
    form = angular.element(
      '<form><select name="image"><option value="">-</option>' +
      '<option value="i">i</option></select><div></div></form>');
  }));

  function open(value) {
    var field = $componentController('imagePropsRebuild', {
      $element: form.find('div'), $scope: scope
    }, {serverId: 's', name: 'n', value: value});
    $httpBackend.expectGET('/api/image_props_override/servers/s/')
      .respond({overrides: OVERRIDES, flavor_id: 'f'});
    field.$onInit();
    $httpBackend.flush();
    return field;
  }

  it('sends nothing to keep, and an empty set to drop', function () {
    var field = open('');
    expect(field.sent()).toBe('');
    field.choice = 'drop';
    expect(field.sent()).toBe('{}');
  });

  it('starts a change with what the server has', function () {
    var field = open('');
    expect(field.initial).toEqual(OVERRIDES);
    field.choice = 'change';
    field.changed({hw_vif_model: null});
    expect(field.sent()).toBe('{"hw_vif_model":null}');
  });

  it('goes on with what was refused', function () {
    var field = open(encodeURIComponent('{"hw_disk_bus":"x"}'));
    expect(field.choice).toBe('change');
    expect(field.initial).toEqual({hw_disk_bus: 'x'});
    expect(open(encodeURIComponent('{}')).choice).toBe('drop');
  });

  it('previews the image that the form has, as soon as there is one', function () {
    var field = open('');
    expect(field.source).toBe(null);
    form.find('select').val('i').trigger('change');
    scope.$digest();
    expect(field.source).toEqual({imageRef: 'i', flavorRef: 'f'});
  });
});
