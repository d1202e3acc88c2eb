"""The Kafka client outside of Faust: topics are created here, `replay` and the gateway write, dead letters are read.

Names of topics are given without prefix, as everywhere above the transport; the prefix is put on here.
"""

from pipeline.kafka.admin import TopicMismatchError, TopicsMissingError, check_topics, create_topics, existing_topics
from pipeline.kafka.async_producer import AsyncProducer
from pipeline.kafka.bulk_producer import BulkProducer
from pipeline.kafka.client import BrokerError, RecordSizeError, client_config, topic_name

__all__ = [
    "AsyncProducer",
    "BrokerError",
    "BulkProducer",
    "RecordSizeError",
    "TopicMismatchError",
    "TopicsMissingError",
    "check_topics",
    "client_config",
    "create_topics",
    "existing_topics",
    "topic_name",
]
