{{/*
Mounts of both clients of a node. The engine API's secret and the node keys are only read.
*/}}
{{- define "ethereum-infrastructure.nodeMounts" -}}
- name: data
  mountPath: /data
- name: genesis
  mountPath: /genesis
  readOnly: true
- name: node
  mountPath: /node
  readOnly: true
{{- end }}

{{/*
Probes and stop of a client, all answered by the agent beside it. Call with: root, node, layer.

A first sync may take days, and a client that lags is not dead: the startup probe waits two weeks, and liveness asks only
whether the process still answers. Six minutes pass before a restart, more than the longest pause between two starts of the agent
(five minutes), so that an agent which fails never takes the clients with it.
*/}}
{{- define "ethereum-infrastructure.nodeProbes" -}}
startupProbe:
  httpGet:
    path: /startup
    port: {{ .root.Values.agent.port }}
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 604800
livenessProbe:
  httpGet:
    path: /live?client={{ .layer }}
    port: {{ .root.Values.agent.port }}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 36
lifecycle:
  # The client serves until every caller has heard that the pod is going away.
  preStop:
    sleep:
      seconds: {{ .node.drainSeconds | default 5 }}
{{- end }}
