#!/bin/bash
# devstack/local.sh: stack.sh runs it at its end.
set -eu

bin=/opt/stack/data/venv/bin
"$bin/pip" install nova-image-props-override
sudo "$bin/image-props-override" paste --apply /etc/nova/api-paste.ini

# For rebuild, rescue and unshelve.
units=()
for unit in n-super-cond n-cond n-cond-cell1 n-cpu; do
    file=/etc/systemd/system/devstack@$unit.service
    [ -e "$file" ] || continue
    sudo sed -i -E '/^ExecStart/s#/(nova-compute|nova-conductor) #/\1-image-props #' \
        "$file"
    units+=("devstack@$unit")
done
sudo systemctl daemon-reload
sudo systemctl restart devstack@n-api "${units[@]}"
