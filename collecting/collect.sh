#!/usr/bin/env bash
# Collects an estate for entail with the AWS CLI (version 2): read-only calls, one file at a time, resumable.
#
#   collecting/collect.sh [OPTIONS] DIR
#
#   --role NAME        role that is taken in every other account of the organisation; without it only the caller's own account
#                      is collected
#   --account ID       collect this account only; may be repeated
#   --region NAME      look for resources in this region; may be repeated; without it: every region that the account enabled
#   --last-accessed    also ask what every user and role last used (a job per principal: slow)
#   --no-organization  leave the organisation and IAM Identity Center out
#
# Files that are there already are kept, so a run that was stopped goes on where it was. What may not be read is left out of
# the files, said on standard error and in DIR/collect.log, and reported by entail as not collected; it is never written as
# if it did not exist.
set -euo pipefail
umask 077

usage() { sed -n '2,16s/^# \{0,1\}//p' "$0"; }
die() { echo "collect: $*" >&2; exit 2; }

role='' accounts=() regions=() last_accessed='' organization=1 out=''
while [ $# -gt 0 ]; do
    case $1 in
        --role|--account|--region)
            [ $# -ge 2 ] || die "$1 needs a value"
            case $1 in
                --role) role=$2 ;;
                --account) [[ $2 =~ ^[0-9]{12}$ ]] || die "$2 is no account id"; accounts+=("$2") ;;
                --region) regions+=("$2") ;;
            esac
            shift 2 ;;
        --last-accessed) last_accessed=1; shift ;;
        --no-organization) organization=''; shift ;;
        -h|--help) usage; exit 0 ;;
        -*) die "no option $1; see --help" ;;
        *) [ -z "$out" ] || die "one folder, not several"; out=$1; shift ;;
    esac
done
[ -n "$out" ] || { usage >&2; exit 2; }
command -v aws >/dev/null || die "the AWS CLI is not installed"
mkdir -p "$out"
out=$(cd "$out" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
log=$out/collect.log

# say TEXT: on standard error and in the log.
say() { echo "collect: $*" | tee -a "$log" >&2; }

# The error code of a call says whether something does not exist or may not be read. Its text names resources, and says nothing.
readonly ABSENT='NoSuchBucketPolicy|NoSuchPublicAccessBlockConfiguration|OwnershipControlsNotFoundError|NoSuchTagSet|ResourceNotFoundException|RepositoryPolicyNotFoundException|RegistryPolicyNotFoundException|PolicyNotFoundException|NoSuchEntity|NotFound|NotFoundException'

# call FILE ARGUMENTS...: the output of a read-only call in FILE. 0: there; 1: it does not exist; 3: it can't be read.
call() {
    local file=$1
    shift
    if aws "$@" --output "${format:-json}" --no-cli-pager >"$file" 2>"$scratch/error"; then
        return 0
    fi
    : >"$file"
    if sed -nE 's/.*An error occurred \(([A-Za-z0-9.]+)\).*/\1/p' "$scratch/error" | head -n 1 | grep -Eqx "$ABSENT"; then
        return 1
    fi
    say "not read: aws $*: $(tr '\n' ' ' <"$scratch/error" | cut -c1-200)"
    return 3
}

# value ARGUMENTS...: a JSON value, `null` where it does not exist, nothing where it can't be read.
value() {
    local status=0
    call "$scratch/value" "$@" || status=$?
    case $status in
        0) if [ -s "$scratch/value" ]; then cat "$scratch/value"; else echo null; fi ;;
        1) echo null ;;
    esac
}

# words ARGUMENTS...: words, one a line. 3: they can't be read.
words() {
    local status=0
    format=text call "$scratch/words" "$@" || status=$?
    tr '\t' '\n' <"$scratch/words" | grep -v -e '^$' -e '^None$' || true
    [ "$status" -ne 3 ] || return 3
}

# member NAME VALUE: `"NAME": VALUE` after a comma, or nothing without a value.
member() { [ -z "$2" ] || printf ',\n "%s": %s' "$1" "$2"; }

# object MEMBERS: an object of them.
object() { printf '{%s}' "${1#,}"; }

# joined LIST...: the items of JSON lists as one list.
joined() {
    local all='' list
    for list in "$@"; do
        list=$(printf '%s' "$list" | tr '\n' ' ' | sed -e 's/^[[:space:]]*\[//' -e 's/\][[:space:]]*$//')
        [[ $list =~ ^[[:space:]]*(null)?[[:space:]]*$ ]] || all+="${all:+, }$list"
    done
    printf '[%s]' "$all"
}

# write FILE FUNCTION: what the function prints, unless the file is there; whole or not at all.
write() {
    local file=$1
    shift
    [ ! -e "$file" ] || return 0
    mkdir -p "$(dirname "$file")"
    if "$@" >"$file.part" && [ -s "$file.part" ]; then
        mv "$file.part" "$file"
        echo "collect: ${file#"$out"/}" >&2
    else
        rm -f "$file.part"
    fi
}

organization_json() {
    local described roots id ids list parents next units=() members=() policies=() kind content targets unlisted=''
    described=$(value organizations describe-organization --query Organization)
    [ -n "$described" ] && [ "$described" != null ] || return 1
    roots=$(value organizations list-roots --query Roots)
    parents=$(words organizations list-roots --query 'Roots[].Id') || return 1
    while [ -n "$parents" ]; do
        next=''
        for id in $parents; do
            # The CLI prints no parent, so each list is taken under the parent it was asked for.
            list=$(value organizations list-organizational-units-for-parent --parent-id "$id" \
                --query "OrganizationalUnits[].{Id: Id, Arn: Arn, Name: Name, ParentId: '$id'}")
            [ -n "$list" ] || return 1
            units+=("$list")
            list=$(value organizations list-accounts-for-parent --parent-id "$id" \
                --query "Accounts[].{Id: Id, Arn: Arn, Name: Name, State: State || Status, ParentId: '$id'}")
            [ -n "$list" ] || return 1
            members+=("$list")
            ids=$(words organizations list-organizational-units-for-parent --parent-id "$id" --query 'OrganizationalUnits[].Id') || return 1
            next+=" $ids"
        done
        parents=$(echo $next)
    done
    for kind in SERVICE_CONTROL_POLICY RESOURCE_CONTROL_POLICY S3_POLICY; do
        # One type that can't be listed costs no other: what it could limit is unknown, and the file says so.
        if ! ids=$(words organizations list-policies --filter "$kind" --query 'Policies[].Id'); then
            unlisted+="${unlisted:+, }\"$kind\""
            continue
        fi
        for id in $ids; do
            content=$(value organizations describe-policy --policy-id "$id" --query Policy.Content)
            targets=$(value organizations list-targets-for-policy --policy-id "$id" --query 'Targets[].TargetId')
            policies+=("[{\"Id\": \"$id\", \"Type\": \"$kind\"$(member Content "$content")$(member Targets "$targets")}]")
        done
    done
    object "$(member Organization "$described")$(member Roots "$roots")$(
        member OrganizationalUnits "$(joined "${units[@]}")")$(
        member Accounts "$(joined "${members[@]}")")$(
        member Policies "$(joined ${policies[@]+"${policies[@]}"})")$(
        member PoliciesNotListed "${unlisted:+[$unlisted]}")$(
        member DelegatedAdministrators "$(value organizations list-delegated-administrators --query DelegatedAdministrators)")"
}

# resource ARN POLICY [TAGS] [SETTINGS] [ROLES]: an entry of resource-policies.json; what is empty is left out.
resource() {
    [ "$first" ] || printf ',\n'
    first=''
    printf '{"Arn": "%s", "Account": "%s"' "$1" "$account"
    member Policy "$2"
    member Tags "${3:-}"
    member Settings "${4:-}"
    member Roles "${5:-}"
    printf '}'
}

# pairs LIST: `[["key", "value"], …]` as an object.
pairs() {
    local text
    text=$(printf '%s' "$1" | tr '\n' ' ')
    case $text in
        '') ;;
        null|'[]') echo '{}' ;;
        *) printf '%s' "$text" | sed -E 's/\[[[:space:]]*("([^"\\]|\\.)*"),[[:space:]]*("([^"\\]|\\.)*")[[:space:]]*\]/\1: \3/g; s/^[[:space:]]*\[/{/; s/\][[:space:]]*$/}/' ;;
    esac
}

resources_json() {
    first=1
    local name arn policy tags settings region repositories
    printf '['
    for name in $(words s3api list-buckets --query 'Buckets[].Name'); do
        policy=$(value s3api get-bucket-policy --bucket "$name" --query Policy)
        tags=$(pairs "$(value s3api get-bucket-tagging --bucket "$name" --query 'TagSet[].[Key, Value]')")
        local block owner
        block=$(value s3api get-public-access-block --bucket "$name" --query PublicAccessBlockConfiguration)
        [ "$block" != null ] || block=$OPEN
        owner=$(value s3api get-bucket-ownership-controls --bucket "$name" --query 'OwnershipControls.Rules[0].ObjectOwnership')
        [ "$owner" != null ] || owner='"ObjectWriter"'
        settings=$(object "$(member ObjectOwnership "$owner")$(member PublicAccessBlock "$block")")
        resource "arn:$partition:s3:::$name" "$policy" "$tags" "$settings"
    done
    for region in "${of_account[@]}"; do
        for arn in $(words kms list-keys --region "$region" --query 'Keys[].KeyArn'); do
            resource "$arn" "$(value kms get-key-policy --region "$region" --key-id "$arn" --policy-name default --query Policy)" \
                "$(pairs "$(value kms list-resource-tags --region "$region" --key-id "$arn" --query 'Tags[].[TagKey, TagValue]')")"
        done
        for name in $(words sqs list-queues --region "$region" --query 'QueueUrls'); do
            resource "arn:$partition:sqs:$region:$account:${name##*/}" \
                "$(value sqs get-queue-attributes --region "$region" --queue-url "$name" --attribute-names Policy --query 'Attributes.Policy')"
        done
        for arn in $(words sns list-topics --region "$region" --query 'Topics[].TopicArn'); do
            resource "$arn" "$(value sns get-topic-attributes --region "$region" --topic-arn "$arn" --query 'Attributes.Policy')" \
                "$(pairs "$(value sns list-tags-for-resource --region "$region" --resource-arn "$arn" --query 'Tags[].[Key, Value]')")"
        done
        for arn in $(words lambda list-functions --region "$region" --query 'Functions[].FunctionArn'); do
            resource "$arn" "$(value lambda get-policy --region "$region" --function-name "$arn" --query Policy)" '' '' \
                "$(value lambda get-function-configuration --region "$region" --function-name "$arn" --query '[Role]')"
        done
        for arn in $(words secretsmanager list-secrets --region "$region" --query 'SecretList[].ARN'); do
            resource "$arn" "$(value secretsmanager get-resource-policy --region "$region" --secret-id "$arn" --query ResourcePolicy)" \
                "$(pairs "$(value secretsmanager describe-secret --region "$region" --secret-id "$arn" --query 'Tags[].[Key, Value]')")"
        done
        repositories=$(words ecr describe-repositories --region "$region" --query 'repositories[].repositoryName' || true)
        if [ -n "$repositories" ]; then
            resource "arn:$partition:ecr:$region:$account:registry" "$(value ecr get-registry-policy --region "$region" --query policyText)"
        fi
        for name in $repositories; do
            resource "arn:$partition:ecr:$region:$account:repository/$name" \
                "$(value ecr get-repository-policy --region "$region" --repository-name "$name" --query policyText)"
        done
        for name in $(words dynamodb list-tables --region "$region" --query TableNames); do
            arn=arn:$partition:dynamodb:$region:$account:table/$name
            resource "$arn" "$(value dynamodb get-resource-policy --region "$region" --resource-arn "$arn" --query Policy)"
        done
        for name in $(words events list-event-buses --region "$region" --query 'EventBuses[].Name'); do
            resource "arn:$partition:events:$region:$account:event-bus/$name" \
                "$(value events describe-event-bus --region "$region" --name "$name" --query Policy)"
        done
    done
    printf ']\n'
}

readonly OPEN='{"BlockPublicAcls": false, "IgnorePublicAcls": false, "BlockPublicPolicy": false, "RestrictPublicBuckets": false}'

account_json() {
    local block
    block=$(value s3control get-public-access-block --account-id "$account" --query PublicAccessBlockConfiguration)
    [ "$block" != null ] || block=$OPEN
    object "$(member CanonicalUserId "$(value s3api list-buckets --query Owner.ID)")$(member PublicAccessBlock "$block")$(
        member Alias "$(value iam list-account-aliases --query 'AccountAliases[0]')")"
}

providers_json() {
    local saml oidc
    saml=$(value iam list-saml-providers --query SAMLProviderList)
    oidc=$(value iam list-open-id-connect-providers --query OpenIDConnectProviderList)
    [ -n "$saml" ] && [ -n "$oidc" ] || return 1
    object "$(member SAMLProviderList "$saml")$(member OpenIDConnectProviderList "$oidc")"
}

endpoints_json() {
    local all=() region one
    for region in "${of_account[@]}"; do
        one=$(value ec2 describe-vpc-endpoints --region "$region" --query VpcEndpoints)
        [ -n "$one" ] || return 1
        all+=("$one")
    done
    printf '{"VpcEndpoints": %s}\n' "$(joined "${all[@]}")"
}

shares_json() {
    local resources=() principals=() permissions=() region one arn
    for region in "${of_account[@]}"; do
        one=$(value ram list-resources --resource-owner SELF --region "$region" --query resources)
        [ -n "$one" ] || return 1
        resources+=("$one")
        one=$(value ram list-principals --resource-owner SELF --region "$region" --query principals)
        [ -n "$one" ] || return 1
        principals+=("$one")
        local shares given permission
        shares=$(words ram get-resource-shares --resource-owner SELF --region "$region" --query 'resourceShares[].resourceShareArn') || return 1
        for arn in $shares; do
            given=$(words ram list-resource-share-permissions --resource-share-arn "$arn" --region "$region" --query 'permissions[].arn') || return 1
            for permission in $given; do
                one=$(value ram get-permission --permission-arn "$permission" --region "$region" --query 'permission.permission')
                permissions+=("[{\"resourceShareArn\": \"$arn\", \"arn\": \"$permission\"$(member permission "$one")}]")
            done
        done
    done
    printf '{"resources": %s,\n "principals": %s,\n "permissions": %s}\n' "$(joined "${resources[@]}")" \
        "$(joined "${principals[@]}")" "$(joined ${permissions[@]+"${permissions[@]}"})"
}

credential_report() {
    local tries
    for tries in 1 2 3 4 5 6 7 8 9 10; do
        [ "$(words iam generate-credential-report --query State)" = COMPLETE ] && break
        sleep "${COLLECT_WAIT:-2}"
    done
    format=text call "$scratch/report" iam get-credential-report --query Content && base64 -d <"$scratch/report"
}

last_accessed_json() {
    local arn job state separator=''
    printf '['
    local users roles
    users=$(words iam list-users --query 'Users[].Arn') || return 1
    roles=$(words iam list-roles --query 'Roles[].Arn') || return 1
    for arn in $users $roles; do
        job=$(words iam generate-service-last-accessed-details --arn "$arn" --query JobId)
        [ -n "$job" ] || continue
        for _ in 1 2 3 4 5 6 7 8 9 10; do
            state=$(words iam get-service-last-accessed-details --job-id "$job" --query JobStatus)
            [ "$state" = IN_PROGRESS ] || break
            sleep "${COLLECT_WAIT:-2}"
        done
        printf '%s{"Arn": "%s"%s}' "$separator" "$arn" \
            "$(member ServicesLastAccessed "$(value iam get-service-last-accessed-details --job-id "$job" --query ServicesLastAccessed)")"
        separator=$',\n'
    done
    printf ']\n'
}

identity_center_json() {
    local instance store set sets assignments users groups memberships id owner
    read -r instance store < <(format=text call "$scratch/instances" sso-admin list-instances --query 'Instances[0].[InstanceArn, IdentityStoreId]' && cat "$scratch/instances") || return 1
    [ -n "$instance" ] && [ "$instance" != None ] || return 1
    sets=() assignments=() memberships=()
    local all owners
    all=$(words sso-admin list-permission-sets --instance-arn "$instance" --query PermissionSets) || return 1
    for set in $all; do
        local described inline
        described=$(value sso-admin describe-permission-set --instance-arn "$instance" --permission-set-arn "$set" --query PermissionSet.Name)
        inline=$(value sso-admin get-inline-policy-for-permission-set --instance-arn "$instance" --permission-set-arn "$set" --query InlinePolicy)
        [ "$inline" != '""' ] || inline=null
        sets+=("[{\"PermissionSetArn\": \"$set\"$(member Name "$described")$(member InlinePolicy "$inline")$(member ManagedPolicies "$(value sso-admin list-managed-policies-in-permission-set --instance-arn "$instance" --permission-set-arn "$set" --query AttachedManagedPolicies)")$(member CustomerManagedPolicyReferences "$(value sso-admin list-customer-managed-policy-references-in-permission-set --instance-arn "$instance" --permission-set-arn "$set" --query CustomerManagedPolicyReferences)")$(member PermissionsBoundary "$(value sso-admin get-permissions-boundary-for-permission-set --instance-arn "$instance" --permission-set-arn "$set" --query PermissionsBoundary)")}]")
        owners=$(words sso-admin list-accounts-for-provisioned-permission-set --instance-arn "$instance" --permission-set-arn "$set" --query AccountIds) || return 1
        for owner in $owners; do
            assignments+=("$(value sso-admin list-account-assignments --instance-arn "$instance" --account-id "$owner" --permission-set-arn "$set" --query AccountAssignments)")
        done
    done
    users=$(value identitystore list-users --identity-store-id "$store" --query Users)
    groups=$(value identitystore list-groups --identity-store-id "$store" --query Groups)
    for id in $(words identitystore list-groups --identity-store-id "$store" --query 'Groups[].GroupId'); do
        memberships+=("$(value identitystore list-group-memberships --identity-store-id "$store" --group-id "$id" --query GroupMemberships)")
    done
    printf '{"Instances": [{"InstanceArn": "%s", "IdentityStoreId": "%s",\n "PermissionSets": %s,\n "AccountAssignments": %s' "$instance" "$store" \
        "$(joined ${sets[@]+"${sets[@]}"})" "$(joined ${assignments[@]+"${assignments[@]}"})"
    member Users "$users"
    member Groups "$groups"
    member GroupMemberships "$(joined ${memberships[@]+"${memberships[@]}"})"
    printf '}]}\n'
}

collect_account() {
    account=$1
    local folder=$out/accounts/$account
    of_account=(${regions[@]+"${regions[@]}"})
    if [ ${#of_account[@]} -eq 0 ]; then
        of_account=($(words ec2 describe-regions --query 'Regions[].RegionName' || true))
    fi
    write "$folder/authorization-details.json" value iam get-account-authorization-details
    write "$folder/account.json" account_json
    write "$folder/identity-providers.json" providers_json
    if [ ${#of_account[@]} -gt 0 ]; then
        write "$folder/resource-policies.json" resources_json
        write "$folder/vpc-endpoints.json" endpoints_json
        write "$folder/ram-shares.json" shares_json
    else
        say "no regions of $account can be listed, so none of its resources are collected; name regions with --region"
    fi
    write "$folder/credential-report.csv" credential_report
    if [ -n "$last_accessed" ]; then
        write "$folder/service-last-accessed.json" last_accessed_json
    fi
}

own=$(words sts get-caller-identity --query Account || true)
[[ $own =~ ^[0-9]{12}$ ]] || die "the AWS CLI has no valid credentials"
partition=$(words sts get-caller-identity --query Arn | cut -d: -f2 || true)
[[ $partition =~ ^aws[a-z-]*$ ]] || die "the partition of $own can't be told from the ARN of the caller"
# The region of a profile is lost with the profile when a role is taken.
if [ -z "${AWS_REGION:-${AWS_DEFAULT_REGION:-}}" ]; then
    AWS_REGION=$(aws configure get region 2>/dev/null || true)
    if [ -n "$AWS_REGION" ]; then export AWS_REGION; else unset AWS_REGION; fi
fi
if [ -n "$organization" ]; then
    write "$out/organization.json" organization_json
    write "$out/identity-center.json" identity_center_json
fi
if [ ${#accounts[@]} -eq 0 ]; then
    accounts=("$own")
    if [ -n "$role" ]; then
        accounts=($(words organizations list-accounts --query "Accounts[?(State || Status)=='ACTIVE'].Id")) || die "the accounts of the organisation can't be listed"
    fi
fi
for each in "${accounts[@]}"; do
    if [ "$each" = "$own" ]; then
        collect_account "$each"
        continue
    fi
    [ -n "$role" ] || die "$each is another account; name a role to take there with --role"
    (
        format=text call "$scratch/credentials" sts assume-role --role-arn "arn:$partition:iam::$each:role/$role" \
            --role-session-name entail-collect --query 'Credentials.[AccessKeyId, SecretAccessKey, SessionToken]' || exit 0
        read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN <"$scratch/credentials"
        rm -f "$scratch/credentials"
        export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
        unset AWS_PROFILE AWS_DEFAULT_PROFILE
        collect_account "$each"
    ) || say "$each was not collected in full"
done
if [ -s "$log" ]; then
    echo "collect: some things could not be read; $log says which" >&2
fi
