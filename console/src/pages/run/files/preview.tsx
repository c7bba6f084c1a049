import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { FileInfo } from "../../../../generated/api.ts";
import { changeQuery } from "../../../router/navigation.ts";
import { lastPart, previewKind } from "../../../rules/file_tree.ts";
import { size } from "../../../rules/sizes.ts";
import { tableIn } from "../../../rules/tables.ts";
import { CopyButton } from "../../../ui/copy.tsx";
import { GlyphIcon } from "../../../ui/icons.tsx";
import { TableView } from "../../../ui/table_view.tsx";
import { TextView } from "../../../ui/text/view.tsx";

const SHOWN_BYTES = 1_048_576;

/** A file beside the tree. Whatever a pipeline wrote is shown in a frame that may do nothing here. */
export function Preview({ file }: { readonly file: FileInfo }): JSX.Element {
  const kind = previewKind(file);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <aside class="preview" aria-label="File">
      <header class="drawer-head">
        <h2 ref={heading} tabIndex={-1}>
          {lastPart(file.name)} <span class="quiet small">{size(file.size)}</span>
        </h2>
        <button type="button" class="icon-button" aria-label="Close the file" onClick={() => changeQuery({ file: null })}>
          <GlyphIcon glyph="close" />
        </button>
      </header>
      {kind === "page" || kind === "image" ? <Frame file={file} /> : kind && <Text file={file} isTable={kind === "table"} />}
      {kind === null && <p class="quiet">A browser cannot show this file; download it.</p>}
      <div class="notice-foot">
        {file.download_url && (
          <a class="button" href={file.download_url} download>
            <GlyphIcon glyph="download" /> Download
          </a>
        )}
        <CopyButton text={file.gcs_uri} what="the address of the file" words="Copy gs:// address" />
      </div>
    </aside>
  );
}

/** From another origin and without any right here: a report may run scripts, and reach nothing of the page. */
function Frame({ file }: { readonly file: FileInfo }): JSX.Element {
  return <iframe class="preview-frame" title={file.name} src={file.preview_url ?? ""} sandbox="allow-scripts" referrerpolicy="no-referrer" />;
}

type Loaded = { readonly text: string } | "loading" | "refused";

function Text({ file, isTable }: { readonly file: FileInfo; readonly isTable: boolean }): JSX.Element {
  const loaded = useText(file);
  const text = typeof loaded === "object" ? loaded.text : "";
  const separator = file.name.toLowerCase().endsWith(".tsv") ? "\t" : ",";
  const rows = useMemo(() => (isTable && text ? tableIn(text, separator) : null), [isTable, text, separator]);
  if (loaded === "loading") return <p role="status">Loading the file …</p>;
  if (loaded === "refused") return <Frame file={file} />;
  return (
    <>
      {rows ? <TableView rows={rows} label={file.name} /> : <TextView text={text} label={file.name} atEnd={false} />}
      {file.size > SHOWN_BYTES && <p class="quiet">The first MiB is shown; download the file to see all of it.</p>}
    </>
  );
}

/** The beginning of a file, straight from the storage: no header that it would have to be asked about first. */
function useText(file: FileInfo): Loaded {
  const [loaded, setLoaded] = useState<Loaded>("loading");
  useEffect(() => {
    const stopped = new AbortController();
    fetch(file.preview_url ?? "", { headers: { Range: `bytes=0-${SHOWN_BYTES - 1}` }, signal: stopped.signal, credentials: "omit" })
      .then(async (answer) => {
        if (!answer.ok && answer.status !== 416) throw new Error(String(answer.status));
        setLoaded({ text: answer.status === 416 ? "" : await answer.text() });
      })
      .catch(() => !stopped.signal.aborted && setLoaded("refused"));
    return () => stopped.abort();
  }, [file.preview_url]);
  return loaded;
}
