{{- define "cckm-operator.name" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The release's name where that says enough, so that `helm install cckm-operator` makes the names of config/default. At
most 55 characters: the Service's name has 8 more, and may have 63. */}}
{{- define "cckm-operator.fullname" -}}
{{- $name := include "cckm-operator.name" . -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride | trunc 55 | trimSuffix "-" }}
{{- else if contains $name .Release.Name -}}
{{ .Release.Name | trunc 55 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name $name | trunc 55 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{/* What has no namespace carries that of the release in its name, where several releases may each have one. */}}
{{- define "cckm-operator.clusterName" -}}
{{- $fullname := include "cckm-operator.fullname" . -}}
{{- if .Values.watchNamespaces -}}
{{ printf "%s-%s" .Release.Namespace $fullname }}
{{- else -}}
{{ $fullname }}
{{- end -}}
{{- end }}

{{- define "cckm-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "cckm-operator.fullname" .) .Values.serviceAccount.name }}
{{- else -}}
{{ .Values.serviceAccount.name }}
{{- end -}}
{{- end }}

{{- define "cckm-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "cckm-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "cckm-operator.labels" -}}
{{ include "cckm-operator.selectorLabels" . }}
app.kubernetes.io/part-of: cckm-operator
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "cckm-operator.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ default $.Chart.AppVersion .tag }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* The subject of every binding. */}}
{{- define "cckm-operator.subjects" -}}
- kind: ServiceAccount
  name: {{ include "cckm-operator.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{/* Combinations that no schema refuses in words that help. */}}
{{- define "cckm-operator.check" -}}
{{- if and (gt (int .Values.replicas) 1) (not .Values.leaderElect) -}}
{{- fail "leaderElect: without an election exactly one replica may run. Set leaderElect to true, or replicas to 1." -}}
{{- end -}}
{{- if and .Values.approvals.strict (not .Values.approvals.install) -}}
{{- fail "approvals.strict: strict mode stands beside the policy that approvals.install brings. Set both, or neither." -}}
{{- end -}}
{{- if and .Values.metrics.serviceMonitor.enabled (not .Values.metrics.service.enabled) -}}
{{- fail "metrics.serviceMonitor.enabled: it scrapes the Service. Set metrics.service.enabled to true as well." -}}
{{- end -}}
{{- if and (not .Values.serviceAccount.create) (not .Values.serviceAccount.name) -}}
{{- fail "serviceAccount.name: name the one to use, for serviceAccount.create is false." -}}
{{- end -}}
{{- end }}
