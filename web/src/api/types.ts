/** What travels over /api/v1: names for the generated types. */
import type { components } from "./schema";

type Schemas = components["schemas"];

/** Text by language tag; English always. */
export type Texts = Record<string, string>;

export type TaskSummary = Schemas["TaskSummary"];
export type JoinInfo = Schemas["Invitation"];
export type JoinRequest = Schemas["JoinRequest"];
export type JoinAnswer = Schemas["JoinAnswer"];
export type AgeBand = NonNullable<JoinRequest["age_band"]>;
export type Me = Schemas["Me"];
export type Plan = Schemas["Plan"];
export type PlanItem = Schemas["PlanItem"];
export type PlanPhase = Schemas["PlanPhase"];
export type PlanSession = Schemas["PlanSession"];
export type Progress = Schemas["Progress"];
export type ProgressSession = Schemas["ProgressSession"];
export type ProgressTask = Schemas["ProgressTask"];
export type MintedSession = Schemas["SessionGrant"];
export type SessionsRequest = Schemas["SessionsRequest"];
export type TrialBody = Schemas["Trial"];
export type TrialFlag = NonNullable<TrialBody["flags"]>[number];
export type TrialCounts = Schemas["TrialCounts"];
export type CompleteRequest = Schemas["CompleteRequest"];
export type SessionScore = Schemas["Score"];
export type SessionEngagement = Schemas["SessionEngagement"];
export type ModelList = Schemas["ModelList"];
export type Model = Schemas["Model"];
export type ModelRun = Schemas["ModelRun"];
export type ModelRunRequest = Schemas["ModelRunRequest"];
export type Engagement = Schemas["Engagement"];
export type TaskGroup = Schemas["EngagementTask"];
export type DayGroup = Schemas["EngagementDay"];
export type GroupScore = Schemas["EngagementScore"];
export type Problem = Schemas["Problem"];
