{{/*
The ports of one purpose that some containers listen on, by name: a JSON object of name to port.
Call with: purpose, containers.
*/}}
{{- define "ethereum-infrastructure.ports" -}}
{{- $found := dict }}
{{- range .containers }}
  {{- range .ports }}
    {{- if and (eq .purpose $.purpose) (not (hasKey $found .name)) }}
      {{- $_ := set $found .name . }}
    {{- end }}
  {{- end }}
{{- end }}
{{- toJson $found }}
{{- end }}

{{/*
The containers of all nodes, or of all validators: a JSON object with the list `containers`.
Call with: the top-level context.
*/}}
{{- define "ethereum-infrastructure.nodeContainers" -}}
{{- $containers := list }}
{{- range .Values.nodes }}
  {{- $containers = append $containers .execution }}
  {{- with .consensus }}
    {{- $containers = append $containers . }}
  {{- end }}
{{- end }}
{{- toJson (dict "containers" $containers) }}
{{- end }}

{{- define "ethereum-infrastructure.validatorContainers" -}}
{{- $containers := list }}
{{- range .Values.validators }}
  {{- $containers = append $containers .container }}
{{- end }}
{{- toJson (dict "containers" $containers) }}
{{- end }}

{{/*
Ports as a Service lists them. Call with: the object that `ports` returns, parsed.
*/}}
{{- define "ethereum-infrastructure.servicePorts" -}}
{{- range $name, $port := . }}
- name: {{ $name | quote }}
  port: {{ $port.port }}
  targetPort: {{ $name | quote }}
  protocol: {{ default "TCP" $port.protocol }}
{{- end }}
{{- end }}

{{/*
The ports of one purpose as a NetworkPolicy lists them, by number: groups may use one name for several numbers.
Call with: purpose, containers.
*/}}
{{- define "ethereum-infrastructure.policyPorts" -}}
{{- $found := dict }}
{{- range .containers }}
  {{- range .ports }}
    {{- if eq .purpose $.purpose }}
      {{- $protocol := default "TCP" .protocol }}
      {{- $_ := set $found (printf "%05d-%s" (int .port) $protocol) (dict "port" .port "protocol" $protocol) }}
    {{- end }}
  {{- end }}
{{- end }}
{{- range $found }}
- port: {{ .port }}
  protocol: {{ .protocol }}
{{- end }}
{{- end }}

{{/*
How Prometheus scrapes the metrics ports of one container, and the labels it gives to what it finds there.
Call with: container, labels.
*/}}
{{- define "ethereum-infrastructure.scrape" -}}
{{- range .container.ports }}
{{- if eq .purpose "metrics" }}
- port: {{ .name | quote }}
  path: {{ $.container.metricsPath | default "/metrics" }}
  relabelings:
    {{- range $label, $value := $.labels }}
    - targetLabel: {{ $label }}
      replacement: {{ $value | quote }}
    {{- end }}
{{- end }}
{{- end }}
{{- end }}
