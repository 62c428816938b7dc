"""What Lambda, and SNS for it, do in the functions' name: permissions that their role needs and the code never uses.

Sources: Lambda developer guide, "VPC access", "Capturing records of Lambda asynchronous invocations", "X-Ray",
"Using source function ARN to control function access behavior"; CloudWatch Logs user guide.
"""

# By action: why. Those of network interfaces are denied to the code.
NETWORK_INTERFACES = {
    "ec2:AssignPrivateIpAddresses": "addresses of the network interfaces by which Lambda places a function in the VPC",
    "ec2:CreateNetworkInterface": "Lambda places the function in the VPC",
    "ec2:DeleteNetworkInterface": "Lambda cleans up when the function leaves the VPC; works only for all ids",
    "ec2:DescribeNetworkInterfaces": "Lambda finds its network interfaces again; works only for `*`",
    "ec2:UnassignPrivateIpAddresses": "as assigning",
}
LAMBDAS_OWN = NETWORK_INTERFACES | {
    "kms:Decrypt": "SNS encrypts a notice in its publisher's name, with the stack's own key",
    "kms:GenerateDataKey": "as decrypting",
    "logs:CreateLogStream": "Lambda keeps the function's log, in the stack's own group",
    "logs:PutLogEvents": "Lambda keeps the function's log, and in its lines the metrics",
    "sqs:SendMessage": "Lambda tells of an event that failed, in the stack's own queue",
    "xray:PutTelemetryRecords": "Lambda and X-Ray's daemon trace a run",
    "xray:PutTraceSegments": "Lambda traces a run",
}
