import type { RunResponse } from "../../../generated/api.ts";
import { api, newKey, unwrap } from "../../api/client.ts";
import { Submission, type Unanswered } from "../../net/submission.ts";
import { wait } from "../../net/waiting.ts";
import type { RunRequest } from "../../rules/launch/request.ts";

const unanswered: Unanswered = { current: null };

/** A submission of the run; made when its dialog opens. */
export function submissionOf(request: RunRequest): Submission<RunResponse> {
  return new Submission(JSON.stringify(request), unanswered, {
    post: (key) => unwrap(api.POST("/api/runs", { params: { header: { "Idempotency-Key": key } }, body: request })),
    wait,
    newKey,
  });
}
