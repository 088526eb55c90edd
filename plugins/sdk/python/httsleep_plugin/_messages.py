"""The messages of the protocol, made from its descriptors."""

import importlib.resources

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_pool = descriptor_pool.DescriptorPool()
_set = descriptor_pb2.FileDescriptorSet.FromString(
    importlib.resources.files(__package__).joinpath("evaluator.binpb").read_bytes()
)
for _file in _set.file:
    _pool.Add(_file)


def message(name: str):
    """The class of a message."""
    return message_factory.GetMessageClass(_pool.FindMessageTypeByName("httsleep.plugin.v1." + name))


DescribeRequest = message("DescribeRequest")
DescribeResponse = message("DescribeResponse")
EvaluateRequest = message("EvaluateRequest")
EvaluateResponse = message("EvaluateResponse")
EvaluateStreamRequest = message("EvaluateStreamRequest")
EvaluateStreamResponse = message("EvaluateStreamResponse")
