# SPDX-License-Identifier: Apache-2.0
"""What contributors run, and nothing else imports."""
