// SPDX-License-Identifier: Apache-2.0
describe('changes', function () {
  'use strict';

  var changes;
  var numa = {name: 'hw_numa_cpus', kind: 'cpu_set_list'};
  var traits = {name: 'traits_required', kind: 'trait_list'};

  beforeEach(module('horizon.image-props-override'));
  beforeEach(inject(function (imagePropsChanges) {
    changes = imagePropsChanges;
  }));

  it('become the overrides that they were made of', function () {
    var overrides = {hw_disk_bus: 'scsi', hw_vif_model: null, hw_video_ram: '16'};
    var kinds = [{name: 'hw_video_ram', kind: 'integer'}];
    var found = changes.fromOverrides(overrides, kinds);
    expect(found.hw_video_ram.value).toBe(16);
    expect(changes.toOverrides(found)).toEqual(overrides);
  });

  it('are no overrides where a control is empty', function () {
    expect(changes.toOverrides({
      a: {value: ''}, b: {value: null}, c: {}, d: {value: 0}
    })).toEqual({d: '0'});
  });

  it('have a control for each kind', function () {
    var expected = {
      'enum': 'choice', 'boolean': 'choice', integer: 'number', text: 'text',
      uuid: 'text', page_size: 'text', cpu_set_list: 'members',
      integer_list: 'members', trait_list: 'traits', 'of another release': 'text'
    };
    Object.keys(expected).forEach(function (kind) {
      expect(changes.controlOf({kind: kind})).toBe(expected[kind]);
    });
  });

  it('fill the gaps of a list', function () {
    expect(changes.newMember(numa, [])).toBe('hw_numa_cpus.0');
    expect(changes.newMember(numa, ['hw_numa_cpus.0', 'hw_numa_cpus.2']))
      .toBe('hw_numa_cpus.1');
  });

  it('name traits', function () {
    expect(changes.newMember(traits, [], ' CUSTOM_A ')).toBe('trait:CUSTOM_A');
    expect(changes.newMember(traits, [], ' ')).toBe('');
  });

  it('know the list of a member', function () {
    expect(changes.parentOf('hw_numa_cpus.0', [numa, traits])).toBe('hw_numa_cpus');
    expect(changes.parentOf('trait:X', [numa, traits])).toBe('traits_required');
    expect(changes.parentOf('hw_numa_cpus', [numa, traits])).toBe(null);
  });
});
