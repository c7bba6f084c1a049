import type { JSX } from "preact";
import { route } from "./router/navigation.ts";
import { FailuresPage } from "./pages/failures/page.tsx";
import { NewRunPage } from "./pages/new/page.tsx";
import { PreferencesPage } from "./pages/preferences/page.tsx";
import { RunPage } from "./pages/run/page.tsx";
import { RunsPage } from "./pages/runs/page.tsx";
import { SearchPage } from "./pages/search/page.tsx";
import { Empty, HealthBanner, SessionBanner, Toasts } from "./ui/notices.tsx";
import { TopBar } from "./ui/top_bar.tsx";
import { useTitle } from "./ui/title.ts";

export function App(): JSX.Element {
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <TopBar />
      <SessionBanner />
      <main id="content" tabIndex={-1}>
        <Page />
      </main>
      <HealthBanner />
      <Toasts />
    </>
  );
}

function Page(): JSX.Element {
  const shown = route.value;
  switch (shown.page) {
    case "runs":
      return <RunsPage />;
    case "run":
      return <RunPage runId={shown.runId} tab={shown.tab} />;
    case "new":
      return <NewRunPage />;
    case "failures":
      return <FailuresPage />;
    case "search":
      return <SearchPage />;
    case "preferences":
      return <PreferencesPage />;
    case "missing":
      return <Missing />;
  }
}

function Missing(): JSX.Element {
  useTitle("Not found");
  return (
    <Empty title="There is no such page">
      <p>The link may be old or mistyped.</p>
      <a class="button" href="/runs">
        Show the runs
      </a>
    </Empty>
  );
}
