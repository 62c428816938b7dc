# The role by which a registry monitor of another account reads this platform: apply it in the platform's account and
# region. It reads descriptions, logs and one secret of the monitor's own keys, and changes nothing.
#
# docs/cross-account.yaml has the same for CloudFormation; docs/fleet.md says what to do with the role. A test holds both
# against what the monitor's own role may read of a platform in its own account (template.yaml).

variable "monitor_role_arn" {
  description = "The output MonitorRoleArn of the monitor's stack. Removed and deployed anew, that role is another one: apply this again then, or it trusts nobody."
  type        = string
}

variable "external_id" {
  description = "The account.external_id of the target file, which whoever runs the monitor gives you: another one for each platform, and long. It is no secret."
  type        = string
}

variable "target_name" {
  description = "The name of the target. The monitor's session has it, and the role trusts no other one; the secret with the monitor's keys must be registry-monitor/ and this name."
  type        = string
}

variable "cluster_name" {
  description = "The ECS cluster of the target, the only one whose services and tasks are read."
  type        = string
}

variable "artifacts_bucket_name" {
  description = "The bucket of the target's model artifacts. The monitor asks how it encrypts, and reads nothing in it."
  type        = string
}

variable "terraform_map_objects" {
  description = "The map of Terraform addresses that the target names, as bucket/key; empty where it names none in S3."
  type        = list(string)
  default     = []
}

variable "platform_prefix" {
  description = "What the names of the platform's roles, policies, secrets and image repositories begin with, and after /ecs/ those of its log groups."
  type        = string
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  arn     = "arn:${data.aws_partition.current.partition}"
  account = data.aws_caller_identity.current.account_id
  place   = "${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}"
}

resource "aws_iam_role" "monitor_reads" {
  name_prefix          = "registry-monitor-reads-"
  description          = "A registry monitor of another account reads this platform by it"
  max_session_duration = 3600
  assume_role_policy   = data.aws_iam_policy_document.monitor_assumes.json
}

data "aws_iam_policy_document" "monitor_assumes" {
  statement {
    sid     = "MonitorAssumes"
    effect  = "Allow"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = [var.monitor_role_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [var.external_id]
    }

    condition {
      test     = "StringEquals"
      variable = "sts:RoleSessionName"
      values   = ["registry-monitor-${var.target_name}"]
    }
  }
}

resource "aws_iam_role_policy" "monitor_reads" {
  name   = "registry-monitor-reads"
  role   = aws_iam_role.monitor_reads.id
  policy = data.aws_iam_policy_document.monitor_reads.json
}

data "aws_iam_policy_document" "monitor_reads" {
  statement {
    sid       = "ReadServices"
    effect    = "Allow"
    actions   = ["ecs:DescribeServices"]
    resources = ["${local.arn}:ecs:${local.place}:service/${var.cluster_name}/*"]
  }

  statement {
    sid       = "ListTasks"
    effect    = "Allow"
    actions   = ["ecs:ListTasks"]
    resources = ["*"]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = ["${local.arn}:ecs:${local.place}:cluster/${var.cluster_name}"]
    }
  }

  statement {
    sid       = "ReadTasks"
    effect    = "Allow"
    actions   = ["ecs:DescribeTasks"]
    resources = ["${local.arn}:ecs:${local.place}:task/${var.cluster_name}/*"]
  }

  statement {
    sid    = "ReadWhatHasNoResources"
    effect = "Allow"
    actions = [
      "cloudwatch:GetMetricData",
      "ec2:DescribeNatGateways",
      "ec2:DescribeNetworkAcls",
      "ec2:DescribeRouteTables",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ec2:DescribeVpcEndpoints",
      "ecs:DescribeTaskDefinition",
      "elasticloadbalancing:DescribeListeners",
      "elasticloadbalancing:DescribeLoadBalancers",
      "elasticloadbalancing:DescribeRules",
      "elasticloadbalancing:DescribeTargetGroups",
      "elasticloadbalancing:DescribeTargetHealth",
    ]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [data.aws_region.current.id]
    }
  }

  statement {
    sid       = "ReadZones"
    effect    = "Allow"
    actions   = ["route53:ListHostedZones"]
    resources = ["*"]
  }

  statement {
    sid       = "ReadDatabases"
    effect    = "Allow"
    actions   = ["rds:DescribeDBInstances"]
    resources = ["${local.arn}:rds:${local.place}:db:*"]
  }

  statement {
    sid     = "ReadCaches"
    effect  = "Allow"
    actions = ["elasticache:DescribeCacheClusters", "elasticache:DescribeReplicationGroups"]
    resources = [
      "${local.arn}:elasticache:${local.place}:cluster:*",
      "${local.arn}:elasticache:${local.place}:replicationgroup:*",
    ]
  }

  statement {
    sid       = "ReadArtifactsBucket"
    effect    = "Allow"
    actions   = ["s3:GetBucketPolicy", "s3:GetEncryptionConfiguration"]
    resources = ["${local.arn}:s3:::${var.artifacts_bucket_name}"]
  }

  statement {
    sid       = "ReadRegistrations"
    effect    = "Allow"
    actions   = ["servicediscovery:ListInstances"]
    resources = ["*"]

    condition {
      test     = "ArnLike"
      variable = "servicediscovery:ServiceArn"
      values   = ["${local.arn}:servicediscovery:${local.place}:service/*"]
    }
  }

  statement {
    sid       = "ReadNames"
    effect    = "Allow"
    actions   = ["route53:ListResourceRecordSets"]
    resources = ["${local.arn}:route53:::hostedzone/*"]
  }

  statement {
    sid       = "ReadCertificates"
    effect    = "Allow"
    actions   = ["acm:DescribeCertificate"]
    resources = ["${local.arn}:acm:${local.place}:certificate/*"]
  }

  statement {
    sid     = "ReadWebAcls"
    effect  = "Allow"
    actions = ["wafv2:GetWebACL", "wafv2:GetWebACLForResource"]
    resources = [
      "${local.arn}:elasticloadbalancing:${local.place}:loadbalancer/app/*",
      "${local.arn}:wafv2:${local.place}:regional/webacl/*",
    ]
  }

  statement {
    sid       = "ReadImages"
    effect    = "Allow"
    actions   = ["ecr:DescribeImages"]
    resources = ["${local.arn}:ecr:*:${local.account}:repository/${var.platform_prefix}*"]
  }

  statement {
    sid     = "ReadStateOfSecrets"
    effect  = "Allow"
    actions = ["secretsmanager:DescribeSecret"]
    resources = [
      "${local.arn}:secretsmanager:${local.place}:secret:${var.platform_prefix}*",
      "${local.arn}:secretsmanager:${local.place}:secret:registry-monitor/${var.target_name}-??????",
    ]
  }

  statement {
    sid       = "ReadRoles"
    effect    = "Allow"
    actions   = ["iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"]
    resources = ["${local.arn}:iam::${local.account}:role/${var.platform_prefix}*"]
  }

  statement {
    sid       = "ReadPolicies"
    effect    = "Allow"
    actions   = ["iam:GetPolicy", "iam:GetPolicyVersion"]
    resources = ["${local.arn}:iam::${local.account}:policy/${var.platform_prefix}*"]
  }

  statement {
    sid       = "ReadLogs"
    effect    = "Allow"
    actions   = ["logs:FilterLogEvents"]
    resources = ["${local.arn}:logs:${local.place}:log-group:/ecs/${var.platform_prefix}*"]
  }

  statement {
    # Where a key of your own encrypts the secret, that key's policy must let this role decrypt with it, too.
    sid       = "ReadKeys"
    effect    = "Allow"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["${local.arn}:secretsmanager:${local.place}:secret:registry-monitor/${var.target_name}-??????"]
  }

  dynamic "statement" {
    for_each = var.terraform_map_objects

    content {
      sid       = "ReadTerraformMap"
      effect    = "Allow"
      actions   = ["s3:GetObject"]
      resources = ["${local.arn}:s3:::${statement.value}"]
    }
  }
}

output "role_arn" {
  description = "The account.role_arn of the target file, and one of PlatformRoleArns of the monitor's stack."
  value       = aws_iam_role.monitor_reads.arn
}
