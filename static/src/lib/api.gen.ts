// Printed from routes.def by cgi-bin/print. `make docs` prints it anew.

export interface Page<T> {
	items: T[];
	next: string | null;
}

/** 200 when all checks hold, else 503. */
export interface Health {
	/** All checks in one word. */
	status: "ok" | "unavailable";
	/** Of this build. */
	version: string;
	/** One by one. */
	checks: HealthChecks;
}

/** Everything that is needed. */
export interface HealthChecks {
	/** PostgreSQL answers. */
	database: HealthCheck;
	/** The schema is the one this build was made for. */
	migrations: HealthCheck;
	/** There is room under STATE_DIR. */
	disk: HealthCheck;
	/** This host and the database agree on the time. */
	clock: HealthCheck;
	/** Every program has a worker alive. */
	pools: HealthCheck;
}

/** One thing that is needed. */
export interface HealthCheck {
	/** Whether it works. */
	ok: boolean;
	/** What is so. */
	note: string;
}

/** A new account. */
export interface AccountNew {
	/** The account's name; upper and lower case are the same. */
	email: string;
	/** Kept as an argon2id hash only. */
	password: string;
}

/** Proof of who is asking. */
export interface TokenPair {
	/** For the Authorization header; ten minutes. */
	access_token: string;
	/** How to send it. */
	token_type: "Bearer";
	/** Seconds the access token is good for. */
	expires_in: number;
	/** For /auth/refresh: two weeks, renewed with every use. */
	refresh_token: string;
	/** What it may do. */
	scope: string;
}

/** E-mail address and password, as JSON or as the OAuth 2 password form (username is the e-mail address). */
export interface Login {
	/** For OAuth 2 clients: password. */
	grant_type?: string;
	/** The account's name. */
	email?: string;
	/** The same, as OAuth 2 clients call it. */
	username?: string;
	/** The password. */
	password: string;
	/** Taken and not needed: the role decides. */
	scope?: string;
	/** Taken and not needed. */
	client_id?: string;
	/** Taken and not needed. */
	client_secret?: string;
}

/** A refresh token. */
export interface Refresh {
	/** The newest one of the session. An older one ends the session. */
	refresh_token: string;
}

/** The token of a one-time link. */
export interface Link {
	/** What stands behind #link= in the address. */
	token: string;
}

/** Signed out. */
export interface Logout {
	/** That the session has ended. */
	status: "logged_out";
}

/** The one who asks, and what this credential may do. */
export interface Me {
	/** Who he is. */
	user: Principal;
	/** Scopes: role and key together. */
	permissions: string[];
}

/** A person, an agent or a service. */
export interface Principal {
	/** Never reused. */
	id: string;
	/** Null for agents and services. */
	email: string | null;
	/** What he may do at most. */
	role: "beginner" | "advanced" | "pro" | "admin";
	/** What he is. */
	kind: "person" | "agent" | "service";
	/** Where he belongs. */
	namespace_id: string;
}

/** Which quests to list. */
export interface QuestFilter {
	/** At most that many on a page. */
	limit?: number;
	/** The `next` of the page before. */
	after?: string;
	/** Only these. */
	status?: "open" | "active" | "done" | "dropped";
	/** Only these. */
	visibility?: "private" | "public";
	/** Only these. */
	difficulty?: "easy" | "normal" | "hard";
	/** Only those with this tag. */
	tag?: string;
	/** Only your own. */
	mine?: boolean;
}

/** Something to be achieved. */
export interface Quest {
	/** Never reused; grows with time. */
	id: string;
	/** What is to be achieved. */
	title: string;
	/** The rest, in Markdown. */
	body: string;
	/** How far it has come. */
	status: "open" | "active" | "done" | "dropped";
	/** Who may read it: the owner alone, or everybody in his namespace. */
	visibility: "private" | "public";
	/** How hard it is. */
	difficulty: "easy" | "normal" | "hard";
	/** Words to find it by. */
	tags: string[];
	/** Grows with every change. */
	version: number;
	/** Who made it. */
	owner_id: string;
	/** When it was made. */
	created_at: string;
	/** When it was changed last. */
	updated_at: string;
}

/** A quest to be created. */
export interface QuestNew {
	/** What is to be achieved. */
	title: string;
	/** The rest, in Markdown. */
	body?: string;
	/** Who may read it. */
	visibility?: "private" | "public";
	/** How hard it is. */
	difficulty?: "easy" | "normal" | "hard";
	/** Words to find it by. */
	tags?: string[];
}

/** What is to change; what is left out stays as it is. */
export interface QuestChange {
	/** What is to be achieved. */
	title?: string;
	/** The rest, in Markdown. */
	body?: string;
	/** How far it has come. */
	status?: "open" | "active" | "done" | "dropped";
	/** Who may read it. */
	visibility?: "private" | "public";
	/** How hard it is. */
	difficulty?: "easy" | "normal" | "hard";
	/** Words to find it by; replaces the list. */
	tags?: string[];
	/** The version you read; refused with 409 when the quest has moved on since. */
	version?: number;
}

/** While it is on, every write route answers 503; reading and oversight go on. */
export interface KillSwitch {
	/** Whether write routes are off. */
	on: boolean;
	/** Told to everybody who is turned away. */
	reason: string;
	/** When it was turned last. */
	changed_at: string;
}

/** How the switch shall stand. */
export interface SwitchNew {
	/** true: write routes off within a second. */
	on: boolean;
	/** Told to everybody who is turned away. */
	reason?: string;
}

/** What each operation takes (body or query) and gives. */
export interface Operations {
	health: { takes: undefined; gives: Health };
	metrics: { takes: undefined; gives: string };
	account_signup: { takes: AccountNew; gives: TokenPair };
	account_login: { takes: Login; gives: TokenPair };
	session_refresh: { takes: Refresh; gives: TokenPair };
	link_redeem: { takes: Link; gives: TokenPair };
	session_logout: { takes: undefined; gives: Logout };
	me_get: { takes: undefined; gives: Me };
	quest_list: { takes: QuestFilter; gives: Page<Quest> };
	quest_create: { takes: QuestNew; gives: Quest };
	quest_get: { takes: undefined; gives: Quest };
	quest_update: { takes: QuestChange; gives: Quest };
	quest_delete: { takes: undefined; gives: undefined };
	switch_get: { takes: undefined; gives: KillSwitch };
	switch_set: { takes: SwitchNew; gives: KillSwitch };
}

export type Operation = keyof Operations;

/** How each operation travels: method, path, where its values go, shape of the answer, scope it needs. */
export const operations = {
	health: { method: "GET", path: "/healthz", values: "query", shape: "text", scope: "" },
	metrics: { method: "GET", path: "/metrics", values: "query", shape: "text", scope: "" },
	account_signup: { method: "POST", path: "/auth/signup", values: "body", shape: "one", scope: "" },
	account_login: { method: "POST", path: "/auth/login", values: "body", shape: "one", scope: "" },
	session_refresh: { method: "POST", path: "/auth/refresh", values: "body", shape: "one", scope: "" },
	link_redeem: { method: "POST", path: "/auth/link", values: "body", shape: "one", scope: "" },
	session_logout: { method: "POST", path: "/auth/logout", values: "query", shape: "one", scope: "" },
	me_get: { method: "GET", path: "/me", values: "query", shape: "one", scope: "" },
	quest_list: { method: "GET", path: "/quests", values: "query", shape: "page", scope: "quest:read" },
	quest_create: { method: "POST", path: "/quests", values: "body", shape: "one", scope: "quest:write" },
	quest_get: { method: "GET", path: "/quests/{id}", values: "query", shape: "one", scope: "quest:read" },
	quest_update: { method: "PATCH", path: "/quests/{id}", values: "body", shape: "one", scope: "quest:write" },
	quest_delete: { method: "DELETE", path: "/quests/{id}", values: "query", shape: "empty", scope: "quest:write" },
	switch_get: { method: "GET", path: "/api/v1/admin/kill-switch", values: "query", shape: "one", scope: "system:admin" },
	switch_set: { method: "PUT", path: "/api/v1/admin/kill-switch", values: "body", shape: "one", scope: "system:admin" },
} as const satisfies Record<Operation, { method: string; path: string; values: string; shape: string; scope: string }>;
