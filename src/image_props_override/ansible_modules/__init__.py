# SPDX-License-Identifier: Apache-2.0
"""A folder for Ansible's library path; docs/user/ansible.md tells how."""
