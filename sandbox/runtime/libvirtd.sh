#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a libvirtd of this cloud's own, with no systemd and beside any other
# libvirtd: what it takes for /etc/libvirt, /var/lib/libvirt and so on are
# folders of the state folder, mounted in a mount namespace that ends with
# the last process in it.
#
# Usage: unshare --mount --propagation private libvirtd.sh STATE_DIR
set -eu
state=$1
own=$state/var/libvirt
# Of its sockets, for everybody outside of the namespace.
mkdir -p "$state/run/libvirt"

bind() { # bind FOLDER_OF_OURS PATH_FOR_LIBVIRT
    mkdir -p "$1" "$2"
    mount --bind "$1" "$2"
}
bind "$state/etc/libvirt" /etc/libvirt
bind "$own/lib" /var/lib/libvirt
bind "$own/cache" /var/cache/libvirt
bind "$own/log" /var/log/libvirt
# What /run is on any machine: gone after a restart.
bind "$state/run/libvirt-own" /run/libvirt

# libvirtd looks these names up, even though everything runs as root. They
# come with libvirt-daemon-system, which we do not need: it would start a
# libvirtd for the whole machine.
for file in passwd group; do
    cp "/etc/$file" "$own/$file"
done
grep -q ^kvm: "$own/group" || echo kvm:x:64055: >>"$own/group"
grep -q ^libvirt-qemu: "$own/group" ||
    echo libvirt-qemu:x:64056: >>"$own/group"
grep -q ^libvirt-qemu: "$own/passwd" ||
    echo libvirt-qemu:x:64055:64056::/:/usr/sbin/nologin >>"$own/passwd"
for file in passwd group; do
    mount --bind "$own/$file" "/etc/$file"
done

exec libvirtd --config /etc/libvirt/libvirtd.conf \
    --pid-file "$state/run/libvirtd.pid"
