// Tasks as a graph from left to right, laid out by dagre. The task list beside it says the same in text.
import dagre from '@dagrejs/dagre';
import { Background, Controls, Position, ReactFlow, type Edge, type Node } from '@xyflow/react';
import { useMemo } from 'react';
import { family, label, sign } from '../lib/states';

export interface GraphTask {
  id: string;
  uses: string;
  needs: string[];
  phase: string;
  state?: string;
}

const kWidth = 190;
const kHeight = 62;
const kReadable = 0.72;  // of their full size, tasks can still be read
const kLow = 240;
const kHigh = 640;

function layout(tasks: GraphTask[]): Map<string, { x: number; y: number }> {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 56 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const task of tasks) graph.setNode(task.id, { width: kWidth, height: kHeight });
  for (const task of tasks) for (const need of task.needs) graph.setEdge(need, task.id);
  dagre.layout(graph);
  return new Map(tasks.map((task) => {
    const at = graph.node(task.id);
    return [task.id, { x: at.x - kWidth / 2, y: at.y - kHeight / 2 }];
  }));
}

/** As high as the tasks need to be readable; beyond a screen the graph is moved and zoomed. */
function height_of(places: Map<string, { x: number; y: number }>): number {
  const lowest = Math.max(0, ...[...places.values()].map((at) => at.y + kHeight));
  return Math.round(Math.min(kHigh, Math.max(kLow, lowest * kReadable + 60)));
}

function Face({ task }: { task: GraphTask }) {
  return (
    <>
      <strong>{task.id}</strong>
      <span className="dim">{task.uses}</span>
      {task.state ? <span className={`state ${family(task.state)}`}><span aria-hidden="true">{sign(task.state)}</span> {label(task.state)}</span>
        : task.phase !== 'main' ? <span className="dim">{label(task.phase)}</span> : null}
    </>
  );
}

export function Graph({ tasks, chosen = '', open }: { tasks: GraphTask[]; chosen?: string; open?: (task: string) => void }) {
  const shape = JSON.stringify(tasks.map((task) => [task.id, task.needs]));
  // Only a change of the shape moves nodes; states change often and must not.
  const places = useMemo(() => layout(tasks), [shape]); // eslint-disable-line react-hooks/exhaustive-deps
  const nodes: Node[] = tasks.map((task) => ({
    id: task.id,
    position: places.get(task.id) ?? { x: 0, y: 0 },
    data: { label: <Face task={task} /> },
    className: `task-node ${task.state ? family(task.state) : 'idle'}`,
    ariaLabel: `task ${task.id}${task.state ? `, ${label(task.state)}` : ''}`,
    selected: task.id === chosen,
    sourcePosition: Position.Right,
    targetPosition: Position.Left,
    style: { width: kWidth, height: kHeight },
    width: kWidth,
    height: kHeight,
    // Without it React Flow forgets where edges end whenever these objects are new; what it forgets while it measures is never measured again.
    measured: { width: kWidth, height: kHeight },
  }));
  const edges: Edge[] = tasks.flatMap((task) => task.needs.map((need) => ({
    id: `${need}>${task.id}`, source: need, target: task.id, animated: task.state === 'running', focusable: false,
  })));
  return (
    <div className="graph" style={{ height: height_of(places) }} role="group" aria-label="Graph of tasks">
      <ReactFlow
        key={shape} nodes={nodes} edges={edges} fitView fitViewOptions={{ padding: 0.06, maxZoom: 1.1 }} minZoom={0.1} colorMode="system"
        nodesDraggable={false} nodesConnectable={false} elementsSelectable={Boolean(open)} zoomOnScroll={false} preventScrolling={false}
        proOptions={{ hideAttribution: false }}
        onNodesChange={(changes) => {  // a click, or Enter on a focused node
          for (const change of changes) if (change.type === 'select' && change.selected) open?.(change.id);
        }}
      >
        <Background gap={18} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}
