import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import type { FileInfo } from "../../../../generated/api.ts";
import { changeQuery, query } from "../../../router/navigation.ts";
import { type TreeNode, treeLines } from "../../../rules/file_tree.ts";
import { size } from "../../../rules/sizes.ts";
import { GlyphIcon } from "../../../ui/icons.tsx";
import { WindowedRows } from "../../../ui/window.tsx";
import type { Group } from "./store.ts";

const ROW_HEIGHT = 32;
const MOST_ROWS_SEEN = 16;

interface Props {
  readonly group: Group;
  readonly files: readonly FileInfo[];
  /** Whether all folders are open, as for what a search has found. */
  readonly isOpen: boolean;
}

export function Tree({ group, files, isOpen }: Props): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const lines = useMemo(() => treeLines(files, isOpen ? foldersIn(files) : opened), [files, opened, isOpen]);
  const turn = (path: string): void => {
    const changed = new Set(opened);
    if (!changed.delete(path)) changed.add(path);
    setOpened(changed);
  };
  const height = `${Math.min(lines.length, MOST_ROWS_SEEN) * ROW_HEIGHT + 2}px`;
  return (
    <div class="tree" ref={frame} style={{ height }}>
      <WindowedRows
        frame={frame}
        count={lines.length}
        rowHeight={ROW_HEIGHT}
        row={(index) => {
          const node = lines[index];
          return node && <Line key={node.path} group={group} node={node} isOpen={isOpen || opened.has(node.path)} onTurn={turn} />;
        }}
      />
    </div>
  );
}

function foldersIn(files: readonly FileInfo[]): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const { name } of files) {
    for (let end = name.indexOf("/"); end !== -1; end = name.indexOf("/", end + 1)) folders.add(name.slice(0, end));
  }
  return folders;
}

interface LineProps {
  readonly group: Group;
  readonly node: TreeNode;
  readonly isOpen: boolean;
  onTurn(path: string): void;
}

function Line({ group, node, isOpen, onTurn }: LineProps): JSX.Element {
  const { file, name, depth } = node;
  const indent = { paddingLeft: `${depth * 1.25 + 0.25}rem` };
  if (!file) {
    return (
      <div class="tree-line">
        <button type="button" class="tree-folder" style={indent} aria-expanded={isOpen} onClick={() => onTurn(node.path)}>
          <span class={isOpen ? "" : "tree-closed"}>
            <GlyphIcon glyph="down" />
          </span>
          {name}/
        </button>
        <span class="quiet number">{node.count === 1 ? "1 file" : `${node.count.toLocaleString("en")} files`}</span>
        <span class="quiet number">{size(node.size)}</span>
        <span />
      </div>
    );
  }
  const address = `${group}/${file.name}`;
  return (
    <div class="tree-line" aria-current={query.value.get("file") === address ? "true" : undefined}>
      <span class="tree-file" style={indent}>
        {file.preview_url ? (
          <button type="button" class="link" title={file.name} onClick={() => changeQuery({ file: address })}>
            {name}
          </button>
        ) : (
          <span title={file.name}>{name}</span>
        )}
      </span>
      <span />
      <span class="quiet number">{size(file.size)}</span>
      {file.download_url ? (
        <a class="icon-button" href={file.download_url} aria-label={`Download ${name}`} download>
          <GlyphIcon glyph="download" />
        </a>
      ) : (
        <span />
      )}
    </div>
  );
}
