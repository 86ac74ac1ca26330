// SPDX-License-Identifier: Apache-2.0
describe('the editor', function () {
  'use strict';

  var PROPERTIES = [
    property('hw_disk_bus', 'enum', {values: ['ide', 'scsi']}),
    property('hw_numa_cpus', 'cpu_set_list', {any: true}),
    property('hw_numa_nodes', 'integer', {}, {takes_effect: 'move'}),
    property('hw_tpm_model', 'enum', {values: []}, {allowed: false, rule: 'no TPM'})
  ];
  var $componentController, $httpBackend, $timeout, told;

  beforeEach(module('horizon.image-props-override'));
  beforeEach(inject(function ($injector) {
    $componentController = $injector.get('$componentController');
    $httpBackend = $injector.get('$httpBackend');
    $timeout = $injector.get('$timeout');
    told = null;
    $httpBackend.whenGET('/api/image_props_override/catalogue/')
      .respond({properties: PROPERTIES});
  }));

  function property(name, kind, allowedValues, more) {
    return angular.extend({
      name: name, kind: kind, description: 'about ' + name, 'class': 'guest',
      allowed: true, removal_allowed: true, takes_effect: 'next_start', rule: '',
      allowed_values: allowedValues
    }, more);
  }

  function open(bindings) {
    var editor = $componentController('imagePropsEditor', {}, angular.extend({
      onChange: function (change) { told = change; }
    }, bindings));
    editor.$onInit();
    $httpBackend.flush();
    return editor;
  }

  function answer(editor, preview) {
    $httpBackend.expectPOST('/api/image_props_override/preview/')
      .respond(angular.extend(
        {properties: [], problems: [], warnings: []}, preview));
    $timeout.flush();
    $httpBackend.flush();
  }

  it('greys what rules deny, with the rule', function () {
    var editor = open({source: null});
    expect(editor.isOpen(PROPERTIES[3])).toBe(false);
    expect(editor.rule(PROPERTIES[3])).toBe('no TPM');
    expect(editor.isOpen(PROPERTIES[2])).toBe(true);
  });

  it('greys what only a new boot changes, of a server', function () {
    var editor = open({source: null, isChange: true});
    expect(editor.isOpen(PROPERTIES[2])).toBe(false);
    expect(editor.isOpen(PROPERTIES[0])).toBe(true);
  });

  it('asks once for changes that come together', function () {
    var editor = open({source: {imageRef: 'i', flavorRef: 'f'}});
    editor.changes.hw_disk_bus = {value: 'ide'};
    editor.changed();
    editor.changes.hw_disk_bus = {value: 'scsi'};
    editor.changed();
    $httpBackend.expectPOST('/api/image_props_override/preview/', {
      imageRef: 'i', flavorRef: 'f', image_props_override: {hw_disk_bus: 'scsi'}
    }).respond({properties: [], problems: [], warnings: []});
    $timeout.flush();
    $httpBackend.flush();
    expect(told).toEqual({overrides: {hw_disk_bus: 'scsi'}, isBlocked: false});
  });

  it('has a problem beside its property, and the others above', function () {
    var editor = open({source: {serverId: 's'}, overrides: {hw_disk_bus: 'x'}});
    answer(editor, {problems: [
      {property: 'hw_disk_bus', message: 'not x'},
      {property: null, message: 'Nova says no'}
    ]});
    expect(editor.problems).toEqual({hw_disk_bus: 'not x'});
    expect(editor.otherProblems[0].message).toBe('Nova says no');
    expect(told.isBlocked).toBe(true);
  });

  it('goes on where only an approximate preview minds', function () {
    var editor = open({source: {imageRef: 'i'}, isApproximate: true});
    answer(editor, {problems: [{property: null, message: 'too big'}]});
    expect(told.isBlocked).toBe(false);
    expect(editor.otherProblems.length).toBe(1);
  });

  it('is blocked where the preview itself is refused', function () {
    var editor = open({source: {imageRef: 'i'}});
    $httpBackend.expectPOST('/api/image_props_override/preview/')
      .respond(400, 'the words of the API');
    $timeout.flush();
    $httpBackend.flush();
    expect(editor.failure).toBe('the words of the API');
    expect(told.isBlocked).toBe(true);
  });

  it('offers to remove what the image has', function () {
    var editor = open({source: {imageRef: 'i'}});
    expect(editor.canRemove(PROPERTIES[0])).toBe(false);
    answer(editor, {properties: [
      {name: 'hw_disk_bus', image_value: 'ide'},
      {name: 'hw_numa_cpus.0', image_value: '0'}
    ]});
    expect(editor.canRemove(PROPERTIES[0])).toBe(true);
    expect(editor.canRemove(PROPERTIES[1])).toBe(true);
    editor.remove(PROPERTIES[0]);
    expect(told.overrides).toEqual({hw_disk_bus: null});
    expect(editor.canRemove(PROPERTIES[0])).toBe(false);
  });

  it('shows what matches the filter and was changed', function () {
    var editor = open({source: null, overrides: {'hw_numa_cpus.0': '1'}});
    editor.filter = 'NUMA';
    expect(editor.isShown(PROPERTIES[0])).toBe(false);
    expect(editor.isShown(PROPERTIES[2])).toBe(true);
    editor.onlyChanged = true;
    expect(editor.isShown(PROPERTIES[2])).toBe(false);
    expect(editor.isShown(PROPERTIES[1])).toBe(true);
  });

  it('keeps a value that rules allow no longer', function () {
    var editor = open({source: null, overrides: {hw_disk_bus: 'fdc'}});
    expect(editor.choices(PROPERTIES[0])).toEqual(['ide', 'scsi', 'fdc']);
  });

  it('counts bytes, not characters', function () {
    expect(open({source: null}).bytes('aä€')).toBe(6);
  });
});
