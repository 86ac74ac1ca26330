# SPDX-License-Identifier: Apache-2.0
"""A folder for Ansible's library path; docs/ansible.md tells how."""
