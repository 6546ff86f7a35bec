{{/* What the operator may do where it watches. It never changes a spec, never deletes, and never approves. */}}
{{- define "cckm-operator.rules" -}}
- apiGroups: [cckm.dev]
  resources:
  - azuresecrets
  - azurevaults
  - ciphertrustmanagers
  {{- if not .Values.watchNamespaces }}
  - clusterciphertrustmanagers
  {{- end }}
  - destructionapprovals
  - ocikeys
  - ocivaults
  - salesforceorganizations
  - salesforcerotations
  - salesforcetenantsecrets
  verbs: [get, list, watch]
- apiGroups: [cckm.dev]
  resources:
  - azuresecrets/status
  - azurevaults/status
  - ciphertrustmanagers/status
  {{- if not .Values.watchNamespaces }}
  - clusterciphertrustmanagers/status
  {{- end }}
  - destructionapprovals/status
  - ocikeys/status
  - ocivaults/status
  - salesforceorganizations/status
  - salesforcerotations/status
  - salesforcetenantsecrets/status
  verbs: [patch]
# Server-side dry runs only: before it acts on an approval the operator asks the API server to take two that the policy
# cckm-destruction-approval has to refuse. It can't approve in earnest: that policy asks for the verb approve, which
# isn't here and must never be.
- apiGroups: [cckm.dev]
  resources: [destructionapprovals]
  verbs: [create]
# Logins, certificate authorities and values, by the names in specs: without list and watch.
- apiGroups: [""]
  resources: [configmaps, secrets]
  verbs: [get]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{/* What has no namespace: whether approvals can be trusted, and under which name the operator goes. */}}
{{- define "cckm-operator.clusterRules" -}}
- apiGroups: [admissionregistration.k8s.io]
  resources: [validatingadmissionpolicies, validatingadmissionpolicybindings]
  resourceNames: [cckm-destruction-approval, cckm-destruction-approval-strict]
  verbs: [get]
- apiGroups: [authentication.k8s.io]
  resources: [selfsubjectreviews]
  verbs: [create]
# Their labels, which allowedNamespaces selects by.
- apiGroups: [""]
  resources: [namespaces]
  {{- with .Values.watchNamespaces }}
  resourceNames: {{ toJson . }}
  {{- end }}
  verbs: [list, watch]
{{- end }}

{{/* For watchSecrets. The operator asks for the metadata of those labelled cckm.dev/watch=true alone, but no rule can
limit it to that. */}}
{{- define "cckm-operator.watchSecretsRules" -}}
- apiGroups: [""]
  resources: [secrets]
  verbs: [list, watch]
{{- end }}
