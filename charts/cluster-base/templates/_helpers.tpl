{{/*
Labels of every object. Call with: the top-level context.
*/}}
{{- define "cluster-base.labels" -}}
{{- /* Flux adds the commit to the version, which is no reason to change every object. */}}
{{- $chart := printf "%s-%s" .Chart.Name (splitList "+" .Chart.Version | first) }}
{{- $own := dict
      "app.kubernetes.io/name" .Chart.Name
      "app.kubernetes.io/instance" .Release.Name
      "app.kubernetes.io/version" .Chart.AppVersion
      "app.kubernetes.io/managed-by" .Release.Service
      "helm.sh/chart" $chart }}
{{- toYaml (merge $own .Values.labels) }}
{{- end }}
