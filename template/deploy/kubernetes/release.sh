#!/bin/sh
# Releases what an overlay names (by default production/): settings and policies, then the
# migration, and only when that has succeeded the new pods. Whatever fails stops it, and the
# release before serves on. Needs kubectl and a cluster in its configuration.
set -eu
overlay=${1:-$(dirname "$0")/production}
namespace=$(sed -n 's/^namespace: *//p' "$overlay/kustomization.yaml")

# A Job cannot be changed, only made again.
kubectl --namespace "$namespace" delete job/migrate --ignore-not-found
kubectl apply --kustomize "$overlay" --selector 'release-step!=rollout'
# As long as the Job itself may take; `kubectl logs --follow job/migrate` shows it meanwhile.
kubectl --namespace "$namespace" wait job/migrate --for condition=complete --timeout 920s
kubectl apply --kustomize "$overlay" --selector release-step=rollout
for deployment in worker app nginx; do
    kubectl --namespace "$namespace" rollout status "deployment/$deployment" --timeout 600s
done
