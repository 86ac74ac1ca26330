# SPDX-License-Identifier: Apache-2.0
"""openstacksdk that can override image properties: ``enable(connection)``.

Or, in ``clouds.yaml``, beside a cloud's ``auth``::

    vendor_hook: image_props_override.clients.sdk:enable
"""

from image_props_override.clients.sdk.connection import enable

__all__ = ["enable"]
