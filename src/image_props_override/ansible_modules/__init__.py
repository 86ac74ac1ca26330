# SPDX-License-Identifier: Apache-2.0
"""A folder for Ansible's library path; see docs/user/ansible.md."""
