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
	/** Events are sealed and written to the audit log. */
	audit: HealthCheck;
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
	/** Needed where SIGNUP is invite. */
	invite?: string;
	/** cookie, from a page of this site: the tokens go into HttpOnly cookies instead of the answer. */
	session?: "token" | "cookie";
}

/** Proof of who is asking. Where a cookie was asked for, the answer holds no token. */
export interface TokenPair {
	/** For the Authorization header; ten minutes. */
	access_token?: string;
	/** How to send it. */
	token_type?: "Bearer";
	/** Seconds the access token is good for. */
	expires_in: number;
	/** For /auth/refresh: two weeks, renewed with every use. Not for a key. */
	refresh_token?: string;
	/** What it may do. */
	scope: string;
	/** Whom it stands for. */
	user: SignedInAs;
}

/** Who has signed in. */
export interface SignedInAs {
	/** Never reused. */
	id: string;
	/** Null for agents, services and keys. */
	email: string | null;
	/** What he may do at most. */
	role: "beginner" | "advanced" | "pro" | "admin";
}

/** E-mail address and password, as JSON or as the OAuth 2 password form (username is the e-mail address); or an API key. */
export interface Login {
	/** For OAuth 2 clients: password. */
	grant_type?: string;
	/** The account's name. */
	email?: string;
	/** The same, as OAuth 2 clients call it. */
	username?: string;
	/** The password. */
	password?: string;
	/** Instead of both: traded for a token of ten minutes that ends with the key and grants no more. */
	api_key?: string;
	/** Taken and not needed: the role decides. */
	scope?: string;
	/** Taken and not needed. */
	client_id?: string;
	/** Taken and not needed. */
	client_secret?: string;
	/** Six digits of the authenticator app, where there is one. */
	code?: string;
	/** One of the recovery codes instead. */
	recovery_code?: string;
	/** cookie, from a page of this site: the tokens go into HttpOnly cookies instead of the answer. */
	session?: "token" | "cookie";
}

/** A refresh token; left out by a page of this site, whose cookie holds it. */
export interface Refresh {
	/** The newest one of the session. An older one ends the session. */
	refresh_token?: string;
}

/** The token of a one-time link. */
export interface Link {
	/** What stands behind #link= in the address. */
	token: string;
	/** Six digits of the authenticator app, where there is one. */
	code?: string;
	/** One of the recovery codes instead. */
	recovery_code?: string;
	/** cookie, from a page of this site: the tokens go into HttpOnly cookies instead of the answer. */
	session?: "token" | "cookie";
}

/** Signed out. */
export interface Logout {
	/** That the session has ended. */
	status: "logged_out";
}

/** The password to have from now on. */
export interface PasswordNew {
	/** Needed unless the account has none yet. */
	current_password?: string;
	/** Kept as an argon2id hash only. */
	new_password: string;
}

/** Proof that it is meant. */
export interface AccountEnd {
	/** Yours. */
	password: string;
}

/** One of the two. */
export interface FactorProof {
	/** Six digits of the authenticator app, where there is one. */
	code?: string;
	/** One of the recovery codes instead. */
	recovery_code?: string;
}

/** The session counts as proved. */
export interface StepUp {
	/** Until when. */
	proved_until: string;
}

/** A second factor, or none. */
export interface Totp {
	/** Whether a code is asked for. */
	enabled: boolean;
	/** Since when. */
	enabled_at: string | null;
	/** How many are left. */
	recovery_codes: number;
	/** Until when this session may do what asks for the factor again. */
	proved_until: string | null;
}

/** Proof that it is you. */
export interface TotpNew {
	/** Needed unless the account has none yet. */
	current_password?: string;
}

/** For the authenticator app. It counts for nothing until its first code is confirmed. */
export interface TotpBegun {
	/** In base32, to be typed. */
	secret: string;
	/** The same to be opened, or shown as a QR code. */
	uri: string;
}

/** The first code. */
export interface TotpCode {
	/** Six digits of the authenticator app. */
	code: string;
}

/** Each signs in once in place of a code. */
export interface RecoveryCodes {
	/** To be kept where the app is not. */
	recovery_codes: string[];
}

/** One sign-in. */
export interface Session {
	/** For ending it. */
	id: string;
	/** When it began. */
	created_at: string;
	/** When its tokens were renewed last. */
	refreshed_at: string;
	/** When it ends unless it is renewed. */
	expires_at: string;
	/** Whether it is the one that asks. */
	current: boolean;
}

/** Which page. */
export interface PageFilter {
	/** At most that many on a page. */
	limit?: number;
	/** The `next` of the page before. */
	after?: string;
}

/** A key, without what is secret of it. */
export interface ApiKey {
	/** For ending it. */
	id: string;
	/** What it is for. */
	name: string;
	/** How it begins. */
	prefix: string;
	/** What it may do; empty: all that its owner may. */
	scopes: string[];
	/** When it was made. */
	created_at: string;
	/** When it ends by itself. */
	expires_at: string | null;
	/** To the minute. */
	last_used_at: string | null;
	/** The key it was made in place of. */
	rotated_from: string | null;
}

/** A key to be made. */
export interface KeyNew {
	/** What it is for. */
	name: string;
	/** Some of your own; all of them when left out. */
	scopes?: string[];
	/** How long it works. */
	days?: number;
}

/** A key, this once with its secret. */
export interface ApiKeyMade {
	/** For X-API-Key or Authorization: Bearer. It cannot be read again. */
	key: string;
	/** The rest of it. */
	info: ApiKey;
}

/** A key to be issued. */
export interface CaveKeyNew {
	/** What it is for. */
	scope: KeyScope;
	/** Requests a minute; by its type when left out. */
	rate_limit?: number;
	/** How long it works; by its type when left out. */
	ttl_seconds?: number;
}

/** What a key is for. */
export interface KeyScope {
	/** What it may do follows from this. */
	type: "admin" | "namespace" | "session" | "model_access";
	/** Of every type but admin. One that is not there yet is made. */
	namespace?: string;
	/** Of the type model_access. */
	model_id?: string;
}

/** A key, this once with its token. */
export interface CaveKeyMade {
	/** For X-API-Key or Authorization: Bearer. It cannot be read again. */
	token: string;
	/** The rest of it. */
	info: CaveKey;
}

/** A key, without what is secret of it. */
export interface CaveKey {
	/** For rotating and ending it. */
	id: string;
	/** What it is for. */
	scope: KeyScope;
	/** Requests a minute, on all hosts together. */
	rate_limit: number;
	/** When it was made. */
	created_at: string;
	/** To the minute. */
	last_used_at: string | null;
	/** When it ends by itself. */
	expires_at: string | null;
	/** How it begins. */
	key_prefix: string;
	/** The key it was made in place of. */
	rotated_from: string | null;
	/** When it took the place of another, or another took its place. */
	rotated_at: string | null;
	/** Whether somebody has ended it. */
	revoked: boolean;
}

/** Which part of the list. */
export interface CaveKeyFilter {
	/** At most that many. */
	limit?: number;
	/** The last `id` of the part before. */
	before?: string;
}

/** A key to be rotated. */
export interface CaveKeyTurn {
	/** Which one. */
	key_id: string;
	/** Requests a minute; as before when left out. */
	rate_limit?: number;
	/** How long the new one works; by its type when left out. */
	ttl_seconds?: number;
	/** How long the old one goes on working. */
	grace_seconds?: number;
}

/** A rotated key, this once with its token. */
export interface CaveKeyRotation {
	/** The new key; it cannot be read again. */
	token: string;
	/** The rest of it. */
	info: CaveKey;
	/** The one before. */
	previous: CaveKey;
	/** What is told of it. */
	webhook: RotationWebhook;
}

/** The message to those who must know, signed. */
export interface RotationWebhook {
	/** Of this message. */
	event_id: string;
	/** HMAC-SHA256 over the payload's bytes, in Base64. */
	signature: string;
	/** What happened. */
	payload: RotationPayload;
}

/** What is told of a rotation, in this order when it is signed. */
export interface RotationPayload {
	/** Always key.rotated. */
	event: string;
	/** The new key. */
	key_id: string;
	/** The one before. */
	previous_key_id: string;
	/** When. */
	rotated_at: string;
	/** What both are for. */
	scope: KeyScope;
	/** The namespace, or admin. */
	owner: string;
	/** How the new key begins. */
	key_prefix: string;
	/** The new key by its other name. */
	new_rota_id: string;
}

/** A new account. */
export interface AuthNew {
	/** The account's name; upper and lower case are the same. */
	email: string;
	/** Kept as an argon2id hash only. */
	password: string;
	/** Only default can be signed up for. */
	namespace?: string;
	/** Needed where SIGNUP is invite. */
	invite?: string;
	/** cookie, from a page of this site: the tokens go into HttpOnly cookies instead of the answer. */
	session?: "token" | "cookie";
}

/** The new account, signed in. */
export interface AuthSignedUp {
	/** Never reused. */
	user_id: string;
	/** Where it belongs. */
	namespace: string;
	/** Its tokens. */
	session: TokenPair;
}

/** The one who asks, and what this credential may do. */
export interface Me {
	/** Who he is. */
	user: Principal;
	/** Scopes: role and key together. */
	permissions: string[];
	/** The namespace of this request: home, or the one that X-Namespace names. */
	namespace_id: string;
	/** Every namespace he belongs to, with his part in it. */
	namespaces: unknown;
}

/** A person, an agent or a service. */
export interface Principal {
	/** Never reused. */
	id: string;
	/** Null for agents and services. */
	email: string | null;
	/** Of an agent or a service. */
	name: string | null;
	/** What he may do at most. */
	role: "beginner" | "advanced" | "pro" | "admin";
	/** What he is. */
	kind: "person" | "agent" | "service";
	/** Where he is at home. */
	namespace_id: string;
	/** Whose agent it is. */
	owner_id: string | null;
	/** When an agent or a service ends by itself. */
	expires_at: string | null;
}

/** Everything that is kept about the one who asks. */
export interface Export {
	/** Who he is. */
	account: unknown;
	/** What he has set; null when nothing. */
	profile: unknown;
	/** Where he has signed in. */
	sessions: unknown;
	/** The namespaces he belongs to or belonged to. */
	memberships: unknown;
	/** His agents. */
	agents: unknown;
	/** His quests, in every namespace he belongs to. */
	quests: unknown;
	/** What he has changed. */
	trail: unknown;
}

/** How a person wants to see things. */
export interface Profile {
	/** How playful it may be. */
	mode: "productive" | "creative" | "playful";
	/** Light or dark. */
	theme: "light" | "dark" | "system";
	/** How much fits on a page. */
	density: "comfy" | "compact";
	/** Of the pages. */
	language: "en" | "de";
	/** Switches of the pages, by name. */
	toggles: Record<string, boolean>;
	/** Whether others in the namespace may see the profile. */
	is_public: boolean;
}

/** What is to change; what is left out stays as it is. */
export interface ProfileChange {
	/** How playful it may be. */
	mode?: "productive" | "creative" | "playful";
	/** Light or dark. */
	theme?: "light" | "dark" | "system";
	/** How much fits on a page. */
	density?: "comfy" | "compact";
	/** Of the pages. */
	language?: "en" | "de";
	/** Replaces all switches. */
	toggles?: Record<string, boolean>;
	/** Whether others in the namespace may see the profile. */
	is_public?: boolean;
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

/** Whose agents to list. */
export interface AgentFilter {
	/** At most that many on a page. */
	limit?: number;
	/** The `next` of the page before. */
	after?: string;
	/** Only his; your own when left out. */
	owner?: string;
	/** All that you may see: an admin everybody's. */
	all?: boolean;
}

/** Somebody's agent. */
export interface Agent {
	/** Never reused; grows with time. */
	id: string;
	/** Whose it is. */
	owner_id: string;
	/** What it is for. */
	name: string;
	/** What it may do at most; never above its owner's. */
	role: "beginner" | "advanced" | "pro";
	/** What its keys may do at most. */
	scopes: string[];
	/** When it was made. */
	created_at: string;
	/** When it ends by itself. */
	expires_at: string;
	/** When it was ended for good. */
	killed_at: string | null;
	/** By whom. */
	killed_by: string | null;
	/** Why. */
	kill_reason: string;
}

/** An agent to be made. */
export interface AgentNew {
	/** What it is for. */
	name: string;
	/** What it may do at most; your own when left out, pro for an admin. */
	role?: "beginner" | "advanced" | "pro";
	/** Some of your own that agents can have; all of them when left out. */
	scopes?: string[];
	/** How long it works. */
	days?: number;
}

/** What is to change; what is left out stays as it is. */
export interface AgentChange {
	/** What it is for. */
	name?: string;
	/** What it may do at most. */
	role?: "beginner" | "advanced" | "pro";
	/** Replaces the list; its keys are narrowed with it, never widened. */
	scopes?: string[];
	/** How long it works from now. */
	days?: number;
}

/** Why an agent is ended. */
export interface AgentEnd {
	/** For the owner and for the trail. */
	reason?: string;
}

/** A world of its own, shared by its members. */
export interface Namespace {
	/** Never reused; grows with time. */
	id: string;
	/** What X-Namespace calls it; never changes. */
	name: string;
	/** What people call it. */
	display_name: string;
	/** Your part in it; null for an admin who does not belong to it. */
	role: "member" | "manager" | null;
	/** When it was made. */
	created_at: string;
}

/** A namespace to be made. */
export interface NamespaceNew {
	/** Small letters, digits and hyphens, none of them first. */
	name: string;
	/** What people call it. */
	display_name?: string;
}

/** What is to change. */
export interface NamespaceChange {
	/** What people call it. */
	display_name: string;
}

/** Somebody who belongs to a namespace. */
export interface NamespaceMember {
	/** The person, agent or service. */
	id: string;
	/** For admins, and your own; null otherwise. */
	email: string | null;
	/** His part. */
	role: "member" | "manager";
	/** When he came first. */
	created_at: string;
}

/** Whom to take in: by id, or by address if you are an admin. */
export interface NamespaceMemberNew {
	/** His id, as his own GET /me says it. */
	principal_id?: string;
	/** His address; for admins alone, since others could find out by it who has an account. */
	email?: string;
	/** His part. */
	role?: "member" | "manager";
}

/** What is to change. */
export interface NamespaceMemberChange {
	/** His part. */
	role: "member" | "manager";
}

/** Whom to list. */
export interface UserFilter {
	/** At most that many on a page. */
	limit?: number;
	/** The `next` of the page before. */
	after?: string;
	/** Only these. */
	role?: "beginner" | "advanced" | "pro" | "admin";
	/** Only addresses that begin so. */
	email?: string;
}

/** Somebody who may sign in or has a key. */
export interface User {
	/** Never reused. */
	id: string;
	/** Null for agents and services. */
	email: string | null;
	/** What it is. */
	kind: "person" | "agent" | "service";
	/** What it may do at most. */
	role: "beginner" | "advanced" | "pro" | "admin";
	/** Shut out. */
	disabled: boolean;
	/** When it came. */
	created_at: string;
}

/** What is to change. */
export interface UserChange {
	/** What he may do at most; his tokens end and are renewed with it. */
	role?: "beginner" | "advanced" | "pro" | "admin";
	/** true shuts him out on every surface with his next request. */
	disabled?: boolean;
}

/** Leave for one person to sign up. */
export interface Invite {
	/** For taking it back. */
	id: string;
	/** The only address it is good for; null: any. */
	email: string | null;
	/** What whoever uses it becomes. */
	role: "beginner" | "advanced" | "pro" | "admin";
	/** Which admin made it. */
	created_by: string | null;
	/** When it was made. */
	created_at: string;
	/** When it stops to work. */
	expires_at: string;
	/** When it was used. */
	used_at: string | null;
	/** By whom. */
	used_by: string | null;
}

/** An invite to be made. */
export interface InviteNew {
	/** Only good for this address. */
	email?: string;
	/** What whoever uses it becomes. */
	role?: "beginner" | "advanced" | "pro" | "admin";
	/** How long it works. */
	days?: number;
}

/** An invite, this once with its secret. */
export interface InviteMade {
	/** Goes into the `invite` field of /auth/signup. */
	token: string;
	/** Opens the sign-up form with it. */
	url: string;
	/** The rest of it. */
	info: Invite;
}

/** A URL that is told of events. */
export interface Webhook {
	/** For changing it. */
	id: string;
	/** The only namespace it hears of; null: all. */
	only_namespace_id: string | null;
	/** Which admin made it. It is told what he may see, and ends with him. */
	created_by: string;
	/** Where events are posted to. */
	url: string;
	/** What it hears of. */
	events: string[];
	/** Whether it is told anything. */
	active: boolean;
	/** When it was made. */
	created_at: string;
}

/** A webhook to be made. */
export interface WebhookNew {
	/** https, a public address, port 443 or 8443, no name or password in it. */
	url: string;
	/** Types of events as the trail has them; those of webhooks themselves are not told. */
	events: string[];
	/** Hear of this namespace only. */
	only_namespace_id?: string;
	/** Base64 of a key of 16 to 64 bytes; one is drawn when it is left out. */
	secret?: string;
	/** Whether it is told anything. */
	active?: boolean;
}

/** A webhook, this once with its secret. */
export interface WebhookMade {
	/** For changing it. */
	id: string;
	/** The only namespace it hears of; null: all. */
	only_namespace_id: string | null;
	/** Which admin made it. It is told what he may see, and ends with him. */
	created_by: string;
	/** Where events are posted to. */
	url: string;
	/** What it hears of. */
	events: string[];
	/** Whether it is told anything. */
	active: boolean;
	/** When it was made. */
	created_at: string;
	/** Base64 of the key that messages are signed with. It cannot be read again. */
	secret: string;
}

/** What is to change; what is left out stays as it is. */
export interface WebhookChange {
	/** Where events are posted to. */
	url?: string;
	/** Replaces all of them. */
	events?: string[];
	/** false: what is still to be told is given up. */
	active?: boolean;
}

/** A test is on its way. */
export interface WebhookTested {
	/** By which the deliveries have it. */
	event_id: string;
}

/** Which part of them. */
export interface DeliveryFilter {
	/** At most that many on a page. */
	limit?: number;
	/** The `next` of the page before. */
	after?: string;
	/** Only these. */
	state?: "pending" | "delivered" | "dead";
}

/** One event for one webhook. */
export interface Delivery {
	/** The same in every attempt, in the header X-Cave-Webhook-Id. */
	event_id: string;
	/** What happened. */
	event: string;
	/** Ten attempts in about ten hours, then it is dead. */
	state: "pending" | "delivered" | "dead";
	/** How many there were. */
	attempt: number;
	/** What the last one was answered. */
	status_code: number | null;
	/** What was wrong with it. */
	error: string | null;
	/** When it happened. */
	created_at: string;
	/** When it was taken. */
	delivered_at: string | null;
	/** When it is tried next. */
	next_retry_at: string | null;
}

/** That a key was replaced, as webhooks tell it. */
export interface Rotation {
	/** Always this. */
	event: "key.rotated";
	/** The new key. */
	key_id: string;
	/** The key it was made in place of. */
	previous_key_id?: string;
	/** When that was. */
	rotated_at: string;
	/** What it is for. */
	scope?: unknown;
	/** admin, or the namespace it is for. */
	owner: string;
	/** How it begins. */
	key_prefix?: string;
	/** The new key, by its older name. */
	new_rota_id?: string;
}

/** A program with a name of its own. */
export interface Service {
	/** Never reused; grows with time. */
	id: string;
	/** What it is. */
	name: string;
	/** Where it is at home. */
	namespace: string;
	/** What it may do at most. */
	role: "beginner" | "advanced" | "pro" | "admin";
	/** What its keys may do at most; empty: all that its role may. */
	scopes: string[];
	/** When it was made. */
	created_at: string;
	/** When it ends by itself. */
	expires_at: string | null;
	/** Shut out. */
	disabled: boolean;
}

/** A service to be made. */
export interface ServiceNew {
	/** What it is. */
	name: string;
	/** Where it is at home, by name; default when left out. */
	namespace?: string;
	/** What it may do at most. */
	role?: "beginner" | "advanced" | "pro" | "admin";
	/** Some of its role's; all of them when left out. */
	scopes?: string[];
	/** How long it works; 0: until somebody ends it. */
	days?: number;
}

/** What is to change; what is left out stays as it is. */
export interface ServiceChange {
	/** What it is. */
	name?: string;
	/** What it may do at most. */
	role?: "beginner" | "advanced" | "pro" | "admin";
	/** Replaces the list; its keys are narrowed with it, never widened. */
	scopes?: string[];
	/** How long it works from now; 0: until somebody ends it. */
	days?: number;
	/** true shuts it out with its next request. */
	disabled?: boolean;
}

/** Which part of the trail. */
export interface AuditFilter {
	/** At most that many on a page. */
	limit?: number;
	/** The `next` of the page before. */
	after?: string;
	/** Only there: its name or its id. */
	namespace?: string;
	/** Only these. */
	event_type?: string;
	/** Only his. */
	actor?: string;
	/** Not older; 400 when it is later than `until`. */
	since?: string;
	/** Older only. */
	until?: string;
}

/** One change. */
export interface AuditEvent {
	/** Grows with time. */
	id: string;
	/** When it was written, in the transaction of the change. */
	recorded_at: string;
	/** Where. */
	namespace_id: string | null;
	/** Who; null when nobody was signed in. */
	actor_id: string | null;
	/** What he was: person, agent, service. */
	actor_type: string | null;
	/** What happened: noun and verb. */
	event_type: string;
	/** To what. */
	entity_id: string | null;
	/** Particulars, never a secret. */
	payload: unknown;
	/** Its line in the signed log; null for the moment until it is sealed. */
	seq: number | null;
	/** Whether event, hash and signature belong together, worked out anew; null until it is sealed. */
	signature_valid: boolean | null;
}

/** Which part of the log. */
export interface AuditPart {
	/** Only lines behind this one: the `seq` of the last line you have. */
	after_seq?: number;
	/** At most that many lines, and fewer when they are long. */
	limit?: number;
}

/** How many. */
export interface AuditNewest {
	/** At most that many lines. */
	limit?: number;
}

/** What a signature is verified with. */
export interface PublicKey {
	/** Its name, which stands in what it signed. */
	kid: string;
	/** RFC 8032. */
	algorithm: "Ed25519";
	/** As hex digits. */
	public_key: string;
	/** The same as openssl reads it. */
	pem: string;
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

/** Which jobs. */
export interface JobFilter {
	/** At most that many on a page. */
	limit?: number;
	/** The `next` of the page before. */
	after?: string;
	/** Only these. */
	state?: "queued" | "running" | "done" | "dead";
	/** Only these. */
	kind?: string;
}

/** Work that goes on without a request. */
export interface Job {
	/** The same in every attempt. */
	id: string;
	/** What is done. */
	kind: string;
	/** dead: no attempt is left, it waits for an admin. */
	state: "queued" | "running" | "done" | "dead";
	/** Begun so far. */
	attempts: number;
	/** As many it has; null before the first. */
	max_attempts: number | null;
	/** Not before. */
	run_at: string;
	/** While it runs: when another runner may take it over. */
	lease_until: string | null;
	/** Who had it last: host and process. */
	worker: string | null;
	/** The code of what went wrong last. */
	last_error: string | null;
	/** In whose namespace it was asked for; null: by the installation itself. */
	namespace_id: string | null;
	/** When it was asked for. */
	created_at: string;
	/** When it was done, or dead. */
	finished_at: string | null;
}

/** What each operation takes (body or query) and gives. */
export interface Operations {
	health: { takes: undefined; gives: Health };
	metrics: { takes: undefined; gives: string };
	account_signup: { takes: AccountNew; gives: TokenPair };
	account_register: { takes: AccountNew; gives: TokenPair };
	account_login: { takes: Login; gives: TokenPair };
	session_refresh: { takes: Refresh; gives: TokenPair };
	link_redeem: { takes: Link; gives: TokenPair };
	session_logout: { takes: undefined; gives: Logout };
	password_change: { takes: PasswordNew; gives: TokenPair };
	account_delete: { takes: AccountEnd; gives: undefined };
	session_step_up: { takes: FactorProof; gives: StepUp };
	totp_get: { takes: undefined; gives: Totp };
	totp_begin: { takes: TotpNew; gives: TotpBegun };
	totp_confirm: { takes: TotpCode; gives: RecoveryCodes };
	totp_recovery: { takes: undefined; gives: RecoveryCodes };
	totp_remove: { takes: FactorProof; gives: undefined };
	session_list: { takes: undefined; gives: Page<Session> };
	session_revoke: { takes: undefined; gives: undefined };
	key_list: { takes: PageFilter; gives: Page<ApiKey> };
	key_create: { takes: KeyNew; gives: ApiKeyMade };
	key_rotate: { takes: undefined; gives: ApiKeyMade };
	key_revoke: { takes: undefined; gives: undefined };
	cave_key_issue: { takes: CaveKeyNew; gives: CaveKeyMade };
	cave_key_list: { takes: CaveKeyFilter; gives: CaveKey[] };
	cave_key_rotate: { takes: CaveKeyTurn; gives: CaveKeyRotation };
	cave_key_claim: { takes: undefined; gives: CaveKeyMade };
	cave_key_revoke: { takes: undefined; gives: undefined };
	cave_key_delete: { takes: undefined; gives: undefined };
	auth_signup: { takes: AuthNew; gives: AuthSignedUp };
	auth_login: { takes: Login; gives: TokenPair };
	auth_refresh: { takes: Refresh; gives: TokenPair };
	auth_logout: { takes: undefined; gives: undefined };
	me_get: { takes: undefined; gives: Me };
	me_export: { takes: undefined; gives: Export };
	profile_get: { takes: undefined; gives: Profile };
	profile_update: { takes: ProfileChange; gives: Profile };
	settings_get: { takes: undefined; gives: Profile };
	settings_update: { takes: ProfileChange; gives: Profile };
	quest_list: { takes: QuestFilter; gives: Page<Quest> };
	quest_create: { takes: QuestNew; gives: Quest };
	quest_get: { takes: undefined; gives: Quest };
	quest_update: { takes: QuestChange; gives: Quest };
	quest_delete: { takes: undefined; gives: undefined };
	agent_list: { takes: AgentFilter; gives: Page<Agent> };
	agent_create: { takes: AgentNew; gives: Agent };
	agent_get: { takes: undefined; gives: Agent };
	agent_update: { takes: AgentChange; gives: Agent };
	agent_delete: { takes: undefined; gives: undefined };
	agent_kill: { takes: AgentEnd; gives: Agent };
	agent_key_list: { takes: PageFilter; gives: Page<ApiKey> };
	agent_key_create: { takes: KeyNew; gives: ApiKeyMade };
	agent_key_revoke: { takes: undefined; gives: undefined };
	namespace_list: { takes: PageFilter; gives: Page<Namespace> };
	namespace_create: { takes: NamespaceNew; gives: Namespace };
	namespace_get: { takes: undefined; gives: Namespace };
	namespace_update: { takes: NamespaceChange; gives: Namespace };
	namespace_delete: { takes: undefined; gives: undefined };
	namespace_member_list: { takes: PageFilter; gives: Page<NamespaceMember> };
	namespace_member_add: { takes: NamespaceMemberNew; gives: NamespaceMember };
	namespace_member_update: { takes: NamespaceMemberChange; gives: NamespaceMember };
	namespace_member_end: { takes: undefined; gives: undefined };
	user_list: { takes: UserFilter; gives: Page<User> };
	user_get: { takes: undefined; gives: User };
	user_update: { takes: UserChange; gives: User };
	invite_list: { takes: PageFilter; gives: Page<Invite> };
	invite_create: { takes: InviteNew; gives: InviteMade };
	invite_delete: { takes: undefined; gives: undefined };
	webhook_list: { takes: PageFilter; gives: Page<Webhook> };
	webhook_create: { takes: WebhookNew; gives: WebhookMade };
	webhook_get: { takes: undefined; gives: Webhook };
	webhook_update: { takes: WebhookChange; gives: Webhook };
	webhook_delete: { takes: undefined; gives: undefined };
	webhook_test: { takes: undefined; gives: WebhookTested };
	delivery_list: { takes: DeliveryFilter; gives: Page<Delivery> };
	delivery_retry: { takes: undefined; gives: Delivery };
	rotation_receive: { takes: Rotation; gives: undefined };
	service_list: { takes: PageFilter; gives: Page<Service> };
	service_create: { takes: ServiceNew; gives: Service };
	service_get: { takes: undefined; gives: Service };
	service_update: { takes: ServiceChange; gives: Service };
	service_delete: { takes: undefined; gives: undefined };
	service_key_list: { takes: PageFilter; gives: Page<ApiKey> };
	service_key_create: { takes: KeyNew; gives: ApiKeyMade };
	service_key_revoke: { takes: undefined; gives: undefined };
	audit_list: { takes: AuditFilter; gives: Page<AuditEvent> };
	audit_export: { takes: AuditPart; gives: string };
	audit_checkpoints: { takes: AuditNewest; gives: string };
	audit_key: { takes: undefined; gives: Page<PublicKey> };
	switch_get: { takes: undefined; gives: KillSwitch };
	switch_set: { takes: SwitchNew; gives: KillSwitch };
	job_list: { takes: JobFilter; gives: Page<Job> };
	job_retry: { takes: undefined; gives: Job };
}

export type Operation = keyof Operations;

/** How each operation travels: method, path, where its values go, shape of the answer, scope it needs. */
export const operations = {
	health: { method: "GET", path: "/healthz", values: "query", shape: "text", scope: "" },
	metrics: { method: "GET", path: "/metrics", values: "query", shape: "text", scope: "" },
	account_signup: { method: "POST", path: "/auth/signup", values: "body", shape: "one", scope: "" },
	account_register: { method: "POST", path: "/auth/register", values: "body", shape: "one", scope: "" },
	account_login: { method: "POST", path: "/auth/login", values: "body", shape: "one", scope: "" },
	session_refresh: { method: "POST", path: "/auth/refresh", values: "body", shape: "one", scope: "" },
	link_redeem: { method: "POST", path: "/auth/link", values: "body", shape: "one", scope: "" },
	session_logout: { method: "POST", path: "/auth/logout", values: "query", shape: "one", scope: "" },
	password_change: { method: "POST", path: "/auth/password", values: "body", shape: "one", scope: "account:secure" },
	account_delete: { method: "POST", path: "/auth/delete", values: "body", shape: "empty", scope: "account:secure" },
	session_step_up: { method: "POST", path: "/auth/step-up", values: "body", shape: "one", scope: "" },
	totp_get: { method: "GET", path: "/auth/totp", values: "query", shape: "one", scope: "account:read" },
	totp_begin: { method: "POST", path: "/auth/totp", values: "body", shape: "one", scope: "" },
	totp_confirm: { method: "POST", path: "/auth/totp/confirm", values: "body", shape: "one", scope: "" },
	totp_recovery: { method: "POST", path: "/auth/totp/recovery", values: "query", shape: "one", scope: "account:secure" },
	totp_remove: { method: "POST", path: "/auth/totp/remove", values: "body", shape: "empty", scope: "" },
	session_list: { method: "GET", path: "/auth/sessions", values: "query", shape: "page", scope: "account:read" },
	session_revoke: { method: "DELETE", path: "/auth/sessions/{id}", values: "query", shape: "empty", scope: "account:secure" },
	key_list: { method: "GET", path: "/auth/keys", values: "query", shape: "page", scope: "account:read" },
	key_create: { method: "POST", path: "/auth/keys", values: "body", shape: "one", scope: "account:secure" },
	key_rotate: { method: "POST", path: "/auth/keys/{id}/rotate", values: "query", shape: "one", scope: "account:secure" },
	key_revoke: { method: "DELETE", path: "/auth/keys/{id}", values: "query", shape: "empty", scope: "account:secure" },
	cave_key_issue: { method: "POST", path: "/api/v1/auth/keys", values: "body", shape: "one", scope: "key:admin" },
	cave_key_list: { method: "GET", path: "/api/v1/auth/keys", values: "query", shape: "list", scope: "key:admin" },
	cave_key_rotate: { method: "POST", path: "/api/v1/auth/keys/rotate", values: "body", shape: "one", scope: "key:admin" },
	cave_key_claim: { method: "POST", path: "/api/v1/auth/keys/claim", values: "query", shape: "one", scope: "" },
	cave_key_revoke: { method: "POST", path: "/api/v1/auth/keys/{id}/revoke", values: "query", shape: "empty", scope: "key:admin" },
	cave_key_delete: { method: "DELETE", path: "/api/v1/auth/keys/{id}", values: "query", shape: "empty", scope: "key:admin" },
	auth_signup: { method: "POST", path: "/api/v1/auth/signup", values: "body", shape: "one", scope: "" },
	auth_login: { method: "POST", path: "/api/v1/auth/login", values: "body", shape: "one", scope: "" },
	auth_refresh: { method: "POST", path: "/api/v1/auth/refresh", values: "body", shape: "one", scope: "" },
	auth_logout: { method: "POST", path: "/api/v1/auth/logout", values: "query", shape: "empty", scope: "" },
	me_get: { method: "GET", path: "/me", values: "query", shape: "one", scope: "" },
	me_export: { method: "GET", path: "/me/export", values: "query", shape: "one", scope: "account:read" },
	profile_get: { method: "GET", path: "/profile", values: "query", shape: "one", scope: "account:read" },
	profile_update: { method: "PATCH", path: "/profile", values: "body", shape: "one", scope: "account:write" },
	settings_get: { method: "GET", path: "/me/settings", values: "query", shape: "one", scope: "account:read" },
	settings_update: { method: "PATCH", path: "/me/settings", values: "body", shape: "one", scope: "account:write" },
	quest_list: { method: "GET", path: "/quests", values: "query", shape: "page", scope: "quest:read" },
	quest_create: { method: "POST", path: "/quests", values: "body", shape: "one", scope: "quest:write" },
	quest_get: { method: "GET", path: "/quests/{id}", values: "query", shape: "one", scope: "quest:read" },
	quest_update: { method: "PATCH", path: "/quests/{id}", values: "body", shape: "one", scope: "quest:write" },
	quest_delete: { method: "DELETE", path: "/quests/{id}", values: "query", shape: "empty", scope: "quest:write" },
	agent_list: { method: "GET", path: "/agents", values: "query", shape: "page", scope: "agent:read" },
	agent_create: { method: "POST", path: "/agents", values: "body", shape: "one", scope: "agent:write" },
	agent_get: { method: "GET", path: "/agents/{id}", values: "query", shape: "one", scope: "agent:read" },
	agent_update: { method: "PATCH", path: "/agents/{id}", values: "body", shape: "one", scope: "agent:write" },
	agent_delete: { method: "DELETE", path: "/agents/{id}", values: "query", shape: "empty", scope: "agent:kill" },
	agent_kill: { method: "POST", path: "/agents/{id}/kill", values: "body", shape: "one", scope: "agent:kill" },
	agent_key_list: { method: "GET", path: "/agents/{id}/keys", values: "query", shape: "page", scope: "agent:read" },
	agent_key_create: { method: "POST", path: "/agents/{id}/keys", values: "body", shape: "one", scope: "agent:write" },
	agent_key_revoke: { method: "DELETE", path: "/agents/{id}/keys/{key}", values: "query", shape: "empty", scope: "agent:kill" },
	namespace_list: { method: "GET", path: "/api/v1/namespaces", values: "query", shape: "page", scope: "namespace:read" },
	namespace_create: { method: "POST", path: "/api/v1/namespaces", values: "body", shape: "one", scope: "namespace:write" },
	namespace_get: { method: "GET", path: "/api/v1/namespaces/{id}", values: "query", shape: "one", scope: "namespace:read" },
	namespace_update: { method: "PATCH", path: "/api/v1/namespaces/{id}", values: "body", shape: "one", scope: "namespace:write" },
	namespace_delete: { method: "DELETE", path: "/api/v1/namespaces/{id}", values: "query", shape: "empty", scope: "namespace:write" },
	namespace_member_list: { method: "GET", path: "/api/v1/namespaces/{id}/members", values: "query", shape: "page", scope: "namespace:read" },
	namespace_member_add: { method: "POST", path: "/api/v1/namespaces/{id}/members", values: "body", shape: "one", scope: "namespace:write" },
	namespace_member_update: { method: "PATCH", path: "/api/v1/namespaces/{id}/members/{principal}", values: "body", shape: "one", scope: "namespace:write" },
	namespace_member_end: { method: "DELETE", path: "/api/v1/namespaces/{id}/members/{principal}", values: "query", shape: "empty", scope: "namespace:write" },
	user_list: { method: "GET", path: "/api/v1/admin/users", values: "query", shape: "page", scope: "user:admin" },
	user_get: { method: "GET", path: "/api/v1/admin/users/{id}", values: "query", shape: "one", scope: "user:admin" },
	user_update: { method: "PATCH", path: "/api/v1/admin/users/{id}", values: "body", shape: "one", scope: "user:admin" },
	invite_list: { method: "GET", path: "/api/v1/admin/invites", values: "query", shape: "page", scope: "user:admin" },
	invite_create: { method: "POST", path: "/api/v1/admin/invites", values: "body", shape: "one", scope: "user:admin" },
	invite_delete: { method: "DELETE", path: "/api/v1/admin/invites/{id}", values: "query", shape: "empty", scope: "user:admin" },
	webhook_list: { method: "GET", path: "/api/v1/admin/webhooks", values: "query", shape: "page", scope: "system:admin" },
	webhook_create: { method: "POST", path: "/api/v1/admin/webhooks", values: "body", shape: "one", scope: "system:admin" },
	webhook_get: { method: "GET", path: "/api/v1/admin/webhooks/{id}", values: "query", shape: "one", scope: "system:admin" },
	webhook_update: { method: "PATCH", path: "/api/v1/admin/webhooks/{id}", values: "body", shape: "one", scope: "system:admin" },
	webhook_delete: { method: "DELETE", path: "/api/v1/admin/webhooks/{id}", values: "query", shape: "empty", scope: "system:admin" },
	webhook_test: { method: "POST", path: "/api/v1/admin/webhooks/{id}/test", values: "query", shape: "one", scope: "system:admin" },
	delivery_list: { method: "GET", path: "/api/v1/admin/webhooks/{id}/deliveries", values: "query", shape: "page", scope: "system:admin" },
	delivery_retry: { method: "POST", path: "/api/v1/admin/webhooks/{id}/deliveries/{event}/retry", values: "query", shape: "one", scope: "system:admin" },
	rotation_receive: { method: "POST", path: "/api/v1/auth/keys/rotated", values: "body", shape: "empty", scope: "" },
	service_list: { method: "GET", path: "/api/v1/admin/services", values: "query", shape: "page", scope: "user:admin" },
	service_create: { method: "POST", path: "/api/v1/admin/services", values: "body", shape: "one", scope: "user:admin" },
	service_get: { method: "GET", path: "/api/v1/admin/services/{id}", values: "query", shape: "one", scope: "user:admin" },
	service_update: { method: "PATCH", path: "/api/v1/admin/services/{id}", values: "body", shape: "one", scope: "user:admin" },
	service_delete: { method: "DELETE", path: "/api/v1/admin/services/{id}", values: "query", shape: "empty", scope: "user:admin" },
	service_key_list: { method: "GET", path: "/api/v1/admin/services/{id}/keys", values: "query", shape: "page", scope: "user:admin" },
	service_key_create: { method: "POST", path: "/api/v1/admin/services/{id}/keys", values: "body", shape: "one", scope: "user:admin" },
	service_key_revoke: { method: "DELETE", path: "/api/v1/admin/services/{id}/keys/{key}", values: "query", shape: "empty", scope: "user:admin" },
	audit_list: { method: "GET", path: "/api/v1/audit/events", values: "query", shape: "page", scope: "audit:read" },
	audit_export: { method: "GET", path: "/api/v1/audit/export", values: "query", shape: "text", scope: "audit:read" },
	audit_checkpoints: { method: "GET", path: "/api/v1/audit/checkpoints", values: "query", shape: "text", scope: "audit:read" },
	audit_key: { method: "GET", path: "/api/v1/audit/key", values: "query", shape: "page", scope: "audit:read" },
	switch_get: { method: "GET", path: "/api/v1/admin/kill-switch", values: "query", shape: "one", scope: "system:admin" },
	switch_set: { method: "PUT", path: "/api/v1/admin/kill-switch", values: "body", shape: "one", scope: "system:admin" },
	job_list: { method: "GET", path: "/api/v1/admin/jobs", values: "query", shape: "page", scope: "system:admin" },
	job_retry: { method: "POST", path: "/api/v1/admin/jobs/{id}/retry", values: "query", shape: "one", scope: "system:admin" },
} as const satisfies Record<Operation, { method: string; path: string; values: string; shape: string; scope: string }>;
