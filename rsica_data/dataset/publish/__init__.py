"""A built dataset onto the Hub, and images joined to one that was published without them.

``rights``    whether images may be passed on
``withhold``  the dataset without its images, with what is needed to join a user's own copy to it
``stage``     the files that go up
``push``      sending what is not there yet, in one commit that shows a whole version
``join``      images from the user's own copy, each checked by its hash
"""

from rsica_data.dataset.publish.join import JoinSummary, join_images
from rsica_data.dataset.publish.push import PublishOptions, PublishSummary, plan_publish, publish

__all__ = ["JoinSummary", "PublishOptions", "PublishSummary", "join_images", "plan_publish", "publish"]
