{{/*
Labels that tell one kind of pod from the others, for selectors and for pods.
Call with: root (the top-level context), component, identity (further labels, may be left out).
*/}}
{{- define "ethereum-infrastructure.selector" -}}
{{- $own := dict
      "app.kubernetes.io/name" .root.Chart.Name
      "app.kubernetes.io/instance" .root.Release.Name
      "app.kubernetes.io/component" .component }}
{{- toYaml (merge $own (default dict .identity)) }}
{{- end }}

{{/*
Labels of pods: the selector's, the network, and those of the user, who cannot change the others.
Call with: root, component, identity.
*/}}
{{- define "ethereum-infrastructure.podLabels" -}}
{{- $own := include "ethereum-infrastructure.selector" . | fromYaml }}
{{- toYaml (merge $own (dict "network" .root.Values.network) .root.Values.labels) }}
{{- end }}

{{/*
Labels of every other object. Call with: root, component, identity.
*/}}
{{- define "ethereum-infrastructure.labels" -}}
{{- $own := include "ethereum-infrastructure.podLabels" . | fromYaml }}
{{- /* Flux adds the commit to the version, which is no reason to change every object. */}}
{{- $chart := printf "%s-%s" .root.Chart.Name (splitList "+" .root.Chart.Version | first) }}
{{- toYaml (merge $own (dict
      "helm.sh/chart" $chart
      "app.kubernetes.io/version" .root.Chart.AppVersion
      "app.kubernetes.io/managed-by" .root.Release.Service)) }}
{{- end }}

{{/*
The part of a pod's spec that all pods share: Pod Security `restricted`, where it runs, no access to the API server.
Call with: the top-level context.
*/}}
{{- define "ethereum-infrastructure.pod" -}}
automountServiceAccountToken: false
# Clients read settings from variables (geth: GETH_*), which the variables of Services would fall among.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.zones }}
affinity:
  nodeAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      nodeSelectorTerms:
        - matchExpressions:
            - key: topology.kubernetes.io/zone
              operator: In
              values:
                {{- toYaml . | nindent 16 }}
{{- end }}
{{- end }}

{{/*
What every container has: the pull policy, Pod Security `restricted`, and a last word in the pod's status when it fails.
Call with: the top-level context.
*/}}
{{- define "ethereum-infrastructure.container" -}}
imagePullPolicy: {{ .Values.imagePullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
terminationMessagePolicy: FallbackToLogsOnError
{{- end }}

{{/*
Requests and limits, as far as there are any. Call with: what has `resources`.
*/}}
{{- define "ethereum-infrastructure.resources" -}}
{{- range $kind, $amounts := .resources }}
{{- with $amounts }}
{{ $kind }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Spread of the pods of one kind over hosts and zones, as far as there are any.
Call with: root, component, identity.
*/}}
{{- define "ethereum-infrastructure.spread" -}}
{{- $selector := include "ethereum-infrastructure.selector" . }}
topologySpreadConstraints:
  {{- range $key, $otherwise := dict "kubernetes.io/hostname" "ScheduleAnyway" "topology.kubernetes.io/zone" .root.Values.zoneSpread }}
  - topologyKey: {{ $key }}
    maxSkew: 1
    whenUnsatisfiable: {{ $otherwise }}
    # Hosts that are cordoned or gone do not count: else the pods of a lost zone could not run in the others.
    nodeTaintsPolicy: Honor
    labelSelector:
      matchLabels:
        {{- $selector | nindent 8 }}
  {{- end }}
{{- end }}

{{/*
Variables that a container may use in its arguments, as $(POD_INDEX).
*/}}
{{- define "ethereum-infrastructure.podEnv" -}}
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: POD_IP
  valueFrom:
    fieldRef:
      fieldPath: status.podIP
- name: POD_INDEX
  valueFrom:
    fieldRef:
      fieldPath: metadata.labels['apps.kubernetes.io/pod-index']
{{- end }}

{{/*
Environment and mounts that a client has in its container and in its init containers alike.
Call with: layer, container, mounts.
*/}}
{{- define "ethereum-infrastructure.clientSurroundings" -}}
env:
  {{- include "ethereum-infrastructure.podEnv" . | nindent 2 }}
  {{- range $name, $value := .container.env }}
  - name: {{ $name | quote }}
    value: {{ $value | quote }}
  {{- end }}
volumeMounts:
  {{- toYaml .mounts | nindent 2 }}
  - name: tmp
    mountPath: /tmp
    subPath: {{ .layer }}
{{- with include "ethereum-infrastructure.resources" .container | trim }}
resources:
  {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{/*
The init containers of a client, in their order.
Call with: root, layer, container, mounts.
*/}}
{{- define "ethereum-infrastructure.clientInit" -}}
{{- range $index, $args := .container.init }}
- name: {{ $.layer }}-init-{{ $index }}
  image: {{ $.container.image | quote }}
  {{- include "ethereum-infrastructure.container" $.root | nindent 2 }}
  {{- with $.container.initCommand }}
  command:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  args:
    {{- toYaml $args | nindent 4 }}
  {{- include "ethereum-infrastructure.clientSurroundings" $ | nindent 2 }}
{{- end }}
{{- end }}

{{/*
The container of a client, without its probes.
Call with: root, layer, container, mounts.
*/}}
{{- define "ethereum-infrastructure.client" -}}
- name: {{ .layer | quote }}
  image: {{ .container.image | quote }}
  {{- include "ethereum-infrastructure.container" .root | nindent 2 }}
  {{- with .container.command }}
  command:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  args:
    {{- toYaml .container.args | nindent 4 }}
  {{- with .container.ports }}
  ports:
    {{- range . }}
    - name: {{ .name | quote }}
      containerPort: {{ .port }}
      protocol: {{ default "TCP" .protocol }}
    {{- end }}
  {{- end }}
  {{- include "ethereum-infrastructure.clientSurroundings" . | nindent 2 }}
{{- end }}

{{/*
The init container that lays out what the clients find in /genesis and /node.
Call with: root, args (further arguments of the agent's `prepare`), mounts (further volumes).
*/}}
{{- define "ethereum-infrastructure.prepare" -}}
- name: prepare
  image: {{ .root.Values.agent.image | quote }}
  {{- include "ethereum-infrastructure.container" .root | nindent 2 }}
  command: [python3, -m, ethgen.agent]
  args:
    - prepare
    {{- if .root.Values.genesis }}
    - --genesis-parts=/genesis-parts
    - --genesis-sha256=$(GENESIS_SHA256)
    - --genesis=/genesis
    {{- end }}
    {{- with .args }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  env:
    {{- include "ethereum-infrastructure.podEnv" . | nindent 4 }}
    {{- if .root.Values.genesis }}
    - name: GENESIS_SHA256
      valueFrom:
        configMapKeyRef:
          name: genesis
          key: sha256
    {{- end }}
  volumeMounts:
    {{- if .root.Values.genesis }}
    - name: genesis-parts
      mountPath: /genesis-parts
      readOnly: true
    - name: genesis
      mountPath: /genesis
    {{- end }}
    {{- with .mounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    - name: tmp
      mountPath: /tmp
      subPath: prepare
  {{- with include "ethereum-infrastructure.resources" .root.Values.agent | trim }}
  resources:
    {{- . | nindent 4 }}
  {{- end }}
{{- end }}

{{/*
The volume of the parts of the genesis, in their order. Call with: the top-level context.
*/}}
{{- define "ethereum-infrastructure.genesisVolume" -}}
{{- with .Values.genesis -}}
- name: genesis-parts
  projected:
    sources:
      {{- range $part := until (int .parts) }}
      - configMap:
          name: genesis-{{ $part }}
          items:
            - key: part
              path: {{ printf "part-%03d" $part }}
      {{- end }}
{{- end }}
{{- end }}

{{/*
Probes and stop of a node's client, all answered by the agent beside it. Call with: root, node, layer.

A first sync may take days, and a client that lags is not dead: the startup probe waits two weeks, and liveness asks only whether the
process still answers. Six minutes pass before a restart, more than the longest pause between two starts of the agent (five minutes), so
that an agent which fails never takes the clients with it. A process that is both clients is asked after for both.
*/}}
{{- define "ethereum-infrastructure.nodeProbes" -}}
{{- $of := "" }}
{{- if .node.consensus }}
{{- $of = printf "?client=%s" .layer }}
{{- end }}
startupProbe:
  httpGet:
    path: /startup{{ $of }}
    port: {{ .root.Values.agent.port }}
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 604800
livenessProbe:
  httpGet:
    path: /live{{ $of }}
    port: {{ .root.Values.agent.port }}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 36
lifecycle:
  {{- include "ethereum-infrastructure.drain" .node | nindent 2 }}
{{- end }}

{{/*
What every container of a node waits for before it stops: that all callers have heard that the pod is going away. The agent waits too,
for a pod that is not ready gets no call even where there is no other. Call with: the node group.
*/}}
{{- define "ethereum-infrastructure.drain" -}}
preStop:
  sleep:
    seconds: {{ .drainSeconds | default 5 }}
{{- end }}
