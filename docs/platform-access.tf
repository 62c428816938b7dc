# What the platform's team applies, so that the registry monitor can see all that it is meant to see: the ports past the
# load balancers, and one secret with keys. Deploy the monitor's stack first; its outputs and ids are asked for below.
# Nothing here lets the monitor change anything of the platform.
#
# Written for the target hokusai-development; tests/template/test_platform_access.py compares the ports and the name of
# the secret with src/registry_monitor/targets/hokusai-development.yaml. What is left closed belongs into that file, and
# is then SKIPPED: closed_to_monitor: [mlflow, redis, database]
#
# No rule is needed for the internal names (auth, api and mlflow below hokusai-development.local): they are records of a
# private zone, which the VPC's own resolver answers to whoever stands in the VPC, as the monitor does. They lead to the
# tasks, by the ports below. The public hosts are asked as users ask them, from the NAT gateway's address: a load
# balancer or web ACL with a list of addresses must have that one in it.

variable "monitor_security_group_id" {
  description = "The output SecurityGroupId of the monitor's stack. It takes no connections; its own rules let it out to the VPC, and to ports 443 and 80."
  type        = string
}

variable "monitor_role_arn" {
  description = "The output MonitorRoleArn of the monitor's stack. Removed and deployed anew, it has another: apply this again before its first run."
  type        = string
}

variable "auth_security_group_id" {
  description = "The security group of the auth service's tasks. All three services may have the same."
  type        = string
}

variable "api_security_group_id" {
  description = "The security group of the API service's tasks."
  type        = string
}

variable "mlflow_security_group_id" {
  description = "The security group of the MLflow service's tasks."
  type        = string
}

variable "redis_security_group_id" {
  description = "The security group of the replication group hokusai-redis-development."
  type        = string
}

variable "database_security_group_id" {
  description = "The security group of the RDS instance hokusai-mlflow-development."
  type        = string
}

variable "key_manager_arns" {
  description = "Roles of those who put the keys into the secret and rotate them, and of the pipeline that applies this file. Everybody else is denied its value, but for the monitor."
  type        = list(string)
}

# Past the load balancers: services_direct, endpoints with inside_vpc, mlflow.host_check.

resource "aws_vpc_security_group_ingress_rule" "monitor_to_auth" {
  description                  = "Registry monitor asks the auth service's tasks directly"
  security_group_id            = var.auth_security_group_id
  referenced_security_group_id = var.monitor_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 8000
  to_port                      = 8000
}

resource "aws_vpc_security_group_ingress_rule" "monitor_to_api" {
  description                  = "Registry monitor asks the API service's tasks directly"
  security_group_id            = var.api_security_group_id
  referenced_security_group_id = var.monitor_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 8001
  to_port                      = 8001
}

resource "aws_vpc_security_group_ingress_rule" "monitor_to_mlflow" {
  description                  = "Registry monitor asks the MLflow service's tasks directly"
  security_group_id            = var.mlflow_security_group_id
  referenced_security_group_id = var.monitor_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 5000
  to_port                      = 5000
}

# The stores. Of both the monitor has no credentials: Redis is asked PING, and may refuse it (NOAUTH); PostgreSQL is
# asked for TLS and for a session of a user that does not exist.

resource "aws_vpc_security_group_ingress_rule" "monitor_to_redis" {
  description                  = "Registry monitor asks Redis for a PING"
  security_group_id            = var.redis_security_group_id
  referenced_security_group_id = var.monitor_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

resource "aws_vpc_security_group_ingress_rule" "monitor_to_database" {
  description                  = "Registry monitor asks PostgreSQL whether it serves"
  security_group_id            = var.database_security_group_id
  referenced_security_group_id = var.monitor_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

# The keys: one secret, a JSON object of key names and keys. Terraform makes the secret and never its value, which would
# stand in the state. Where it was made by hand before, give it to Terraform first: terraform import
# aws_secretsmanager_secret.monitor_keys ARN. A key manager puts the keys there:
#
#   aws secretsmanager put-secret-value --secret-id registry-monitor/hokusai-development --secret-string file://keys.json
#
# The names are those of keys.names in the target file. Leave out there what you do not have; only admin must be there.
#
#   name           issued by the auth service for            scopes         what it is for
#   admin          platform, an administrator's              mlflow:admin   registers, reads and deletes the monitor's own models
#   second         platform, another administrator's         mlflow:admin   fetches what admin registered
#   member         platform, no administrator's              model:write    must be refused: it is no administrator's
#   reader         platform, no administrator's              model:read     must be refused: it may only read
#   revoked        platform, and then revoked                any            must be refused
#   other-service  website                                   any            must be refused: it is of another service
#   unpaid         platform, of an account without balance   model:write    must be refused
#
# admin can delete anybody's model. The monitor's own guard lets it change only what carries the monitor's mark, and
# docs/suites.md says how; give the key to nobody else, and give the other six no more than stands here.

resource "aws_secretsmanager_secret" "monitor_keys" {
  name        = "registry-monitor/hokusai-development"
  description = "Keys of the registry monitor: a JSON object of key names and keys"
}

resource "aws_secretsmanager_secret_policy" "monitor_keys" {
  secret_arn          = aws_secretsmanager_secret.monitor_keys.arn
  policy              = data.aws_iam_policy_document.monitor_keys.json
  block_public_policy = true
}

data "aws_iam_policy_document" "monitor_keys" {
  statement {
    sid       = "MonitorReads"
    effect    = "Allow"
    actions   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = [var.monitor_role_arn]
    }
  }

  # Administrators of the account have the right to read every secret: a deny alone keeps these keys from them.
  statement {
    sid       = "NobodyElseReads"
    effect    = "Deny"
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "ArnNotEquals"
      variable = "aws:PrincipalArn"
      values   = concat([var.monitor_role_arn], var.key_manager_arns)
    }
  }

  # And nobody but the key managers may put another key there, bring an old one back, or lift this.
  statement {
    sid       = "KeyManagersWrite"
    effect    = "Deny"
    actions = [
      "secretsmanager:DeleteResourcePolicy",
      "secretsmanager:PutResourcePolicy",
      "secretsmanager:PutSecretValue",
      "secretsmanager:UpdateSecret",
      "secretsmanager:UpdateSecretVersionStage",
    ]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "ArnNotEquals"
      variable = "aws:PrincipalArn"
      values   = var.key_manager_arns
    }
  }
}
