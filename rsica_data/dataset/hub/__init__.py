"""Datasets on the Hugging Face Hub: names, the client, and fetching.

``names``   USER/NAME[@REVISION]
``client``  one place that talks to the Hub: errors as one line, retries, and no key in any message
``pull``    a dataset into a folder, resumed and checked against its manifest
``cache``   datasets opened by name

Sending is the business of ``rsica_data.dataset.publish``.
"""

from rsica_data.dataset.hub.cache import cached_dataset
from rsica_data.dataset.hub.names import HubName, as_hub_name, check_repo, parse_hub_name
from rsica_data.dataset.hub.pull import PullSummary, pull_dataset

__all__ = ["HubName", "PullSummary", "as_hub_name", "cached_dataset", "check_repo", "parse_hub_name", "pull_dataset"]
