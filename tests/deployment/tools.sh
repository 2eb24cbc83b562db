#!/bin/sh
# Stands in for what deploy.sh calls, by the name that it is called by: prints what that prints, and does nothing.
case ${0##*/} in
bash) exec sh "$@" ;;
kops.sh)
    sleep 1
    cat <<'END'
INSTANCE GROUPS
NAME           ROLE          MACHINETYPE  MIN  MAX  SUBNETS
control-plane  ControlPlane  t3.medium    1    1    eu-west-1a
nodes          Node          t3.large     2    4    eu-west-1a,eu-west-1b

Your cluster dev.shop.example is ready
END
    ;;
aws) echo arn:aws:sts::123456789012:assumed-role/deploy/0f6c1e ;;
helm) echo 'WARNING: Using --password via the CLI is insecure. Use --password-stdin.' && echo 'Login Succeeded' ;;
kubectl)
    if [ "$1" = apply ]; then
        printf '%s\n' 'namespace/shop unchanged' 'configmap/shop configured' 'deployment.apps/shop configured'
    else
        for ready in 0 1; do
            echo "Waiting for deployment \"shop\" rollout to finish: $ready of 2 updated replicas are available..."
            sleep 1
        done
        echo 'deployment "shop" successfully rolled out'
    fi
    ;;
terraform)
    printf 'module.dns.aws_route53_record.%s: Refreshing state...\n' zone shop
    echo 'module.dns.aws_route53_record.api: Creating...'
    sleep 1
    cat <<'END'
╷
│ Warning: Argument is deprecated
│
│   with module.dns.data.aws_region.current,
│   on modules/dns/main.tf line 3, in data "aws_region" "current":
│    3:   name = var.region
│
│ name is deprecated. Use region instead.
╵
╷
│ Error: creating Route53 Record: InvalidChangeBatch: Tried to create resource record set [name='api.dev.shop.example.', type='A'] but it already exists
│
│   with module.dns.aws_route53_record.api,
│   on modules/dns/main.tf line 21, in resource "aws_route53_record" "api":
│   21: resource "aws_route53_record" "api" {
│
╵
END
    exit 1
    ;;
esac
