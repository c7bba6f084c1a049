// Fails when a file or a function of the page breaks the house rules on size, as tools/check_structure.py does for Python.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const FILE_LINES = 300;
const TEST_FILE_LINES = 500;
const FUNCTION_LINES = 50;
const NESTING = 3;
const FOLDER_FILES = 15;
const FOLDERS = ["src", "tests", "tools", "journeys", "bench"];

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return /\.(tsx?|css)$/.test(entry.name) ? [path] : [];
  });
}

function linesOf(file: ts.SourceFile, node: ts.Node): { first: number; count: number } {
  const first = file.getLineAndCharacterOfPosition(node.getStart(file)).line;
  return { first: first + 1, count: file.getLineAndCharacterOfPosition(node.end).line - first + 1 };
}

function isBlock(node: ts.Node): boolean {
  const isElse = ts.isIfStatement(node) && ts.isIfStatement(node.parent) && node.parent.elseStatement === node;
  const loops = ts.isForStatement(node) || ts.isForOfStatement(node) || ts.isForInStatement(node);
  const others = ts.isWhileStatement(node) || ts.isDoStatement(node) || ts.isTryStatement(node);
  return loops || others || ts.isSwitchStatement(node) || (ts.isIfStatement(node) && !isElse);
}

// The deepest block inside a function; an inner function is counted separately.
function nesting(node: ts.Node, depth: number): number {
  let deepest = depth;
  ts.forEachChild(node, (child) => {
    if (!ts.isFunctionLike(child)) deepest = Math.max(deepest, nesting(child, depth + (isBlock(child) ? 1 : 0)));
  });
  return deepest;
}

function nameOf(node: ts.SignatureDeclaration): string {
  const named = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined);
  return named?.getText() ?? "a function";
}

function functionFaults(path: string, file: ts.SourceFile): string[] {
  const faults: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body) {
      const { first, count } = linesOf(file, node);
      const at = `${path}:${first}: ${nameOf(node)}`;
      if (count > FUNCTION_LINES) faults.push(`${at} has ${count} lines, at most ${FUNCTION_LINES}`);
      const deep = nesting(node, 0);
      if (deep > NESTING) faults.push(`${at} nests ${deep} blocks, at most ${NESTING}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return faults;
}

function faultsOf(path: string): string[] {
  const text = readFileSync(path, "utf-8");
  const allowed = path.startsWith("tests") ? TEST_FILE_LINES : FILE_LINES;
  const lines = text.split("\n").length - 1;
  const faults = lines > allowed ? [`${path}: ${lines} lines, at most ${allowed}; split it by concept`] : [];
  if (path.endsWith(".css")) return faults;
  const kind = path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  return [...faults, ...functionFaults(path, ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, kind))];
}

function folderFaults(paths: string[]): string[] {
  const folders = Map.groupBy(paths, (path) => path.slice(0, path.lastIndexOf("/")));
  return [...folders]
    .filter(([, files]) => files.length > FOLDER_FILES)
    .map(([folder, files]) => `${folder}: ${files.length} files, at most ${FOLDER_FILES}; move one topic into a folder`);
}

const paths = FOLDERS.flatMap(sourceFiles);
const faults = [...paths.flatMap(faultsOf), ...folderFaults(paths)];
console.log([...faults, `${paths.length} files of the page, ${faults.length} structure faults`].join("\n"));
process.exitCode = faults.length > 0 || paths.length === 0 ? 1 : 0;
