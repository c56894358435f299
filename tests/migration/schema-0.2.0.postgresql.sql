--
-- PostgreSQL database dump
--

\restrict rQCieZmrCecSu5blsyJLZGartEbFuHCynbwe2DAwnMgn2TySQRcEJRm31yuboi8

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: ledger_entries_next_index(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.ledger_entries_next_index() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    next bigint;
BEGIN
    EXECUTE format('SELECT coalesce(max("index") + 1, 0) FROM %I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO next;
    IF NEW."index" IS DISTINCT FROM next THEN
        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = 'an entry of the ledger takes the next index';
    END IF;
    RETURN NEW;
END $$;


--
-- Name: ledger_entries_refuse(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.ledger_entries_refuse() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation', MESSAGE = 'an entry of the ledger is neither changed nor deleted';
END $$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: accounts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts (
    id text NOT NULL,
    name text NOT NULL,
    roles text NOT NULL,
    rank text NOT NULL,
    password text NOT NULL,
    key text NOT NULL,
    trained_until_us bigint,
    state text NOT NULL,
    made_us bigint NOT NULL,
    made_by text NOT NULL,
    approved_by text,
    CONSTRAINT ck_accounts_state CHECK ((state = ANY (ARRAY['proposed'::text, 'active'::text, 'closed'::text])))
);


--
-- Name: alembic_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);


--
-- Name: alerts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alerts (
    id text NOT NULL,
    deployment text NOT NULL,
    camera text NOT NULL,
    passage bigint NOT NULL,
    at_us bigint NOT NULL,
    list_position bigint NOT NULL,
    score double precision NOT NULL,
    threshold double precision NOT NULL,
    false_alerts_per_1000 double precision NOT NULL,
    shots bigint NOT NULL,
    cautions text NOT NULL,
    latency_us bigint,
    erase_after_us bigint NOT NULL,
    state text NOT NULL,
    sealed bytea,
    about text DEFAULT 'listed'::text NOT NULL,
    undecided_us bigint,
    CONSTRAINT ck_alerts_about CHECK ((about = ANY (ARRAY['listed'::text, 'volunteer'::text, 'decoy'::text]))),
    CONSTRAINT ck_alerts_erased CHECK (((state <> 'erased'::text) OR (sealed IS NULL))),
    CONSTRAINT ck_alerts_state CHECK ((state = ANY (ARRAY['kept'::text, 'erasing'::text, 'erased'::text])))
);


--
-- Name: authorities; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.authorities (
    id text NOT NULL,
    deployment text NOT NULL,
    account text NOT NULL,
    statement bytea NOT NULL,
    signature bytea NOT NULL,
    key text NOT NULL,
    signed_us bigint NOT NULL,
    cancelled_us bigint
);


--
-- Name: clock_mark; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.clock_mark (
    one bigint NOT NULL,
    boot text NOT NULL,
    host_us bigint NOT NULL,
    boot_us bigint NOT NULL,
    jumped_us bigint NOT NULL,
    CONSTRAINT ck_clock_mark_one CHECK ((one = 1))
);


--
-- Name: decisions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.decisions (
    id text NOT NULL,
    alert text NOT NULL,
    at_us bigint NOT NULL,
    account text NOT NULL,
    verdict text NOT NULL,
    words bytea,
    CONSTRAINT ck_decisions_verdict CHECK ((verdict = ANY (ARRAY['worth-a-look'::text, 'not-the-person'::text, 'cannot-tell'::text])))
);


--
-- Name: decoy_pairs; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.decoy_pairs (
    decoy_set text NOT NULL,
    "position" bigint NOT NULL,
    same boolean NOT NULL,
    sealed bytea NOT NULL
);


--
-- Name: decoy_sets; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.decoy_sets (
    id text NOT NULL,
    made_by text NOT NULL,
    made_us bigint NOT NULL,
    erase_after_us bigint NOT NULL,
    pairs bigint NOT NULL,
    state text NOT NULL,
    CONSTRAINT ck_decoy_sets_state CHECK ((state = ANY (ARRAY['kept'::text, 'erasing'::text, 'erased'::text])))
);


--
-- Name: decoys; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.decoys (
    alert text NOT NULL,
    decoy_set text NOT NULL,
    "position" bigint NOT NULL,
    same boolean NOT NULL,
    nonce text NOT NULL,
    over_us bigint,
    ended text DEFAULT ''::text NOT NULL
);


--
-- Name: deployments; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.deployments (
    id text NOT NULL,
    digest text NOT NULL,
    name text NOT NULL,
    opens_us bigint NOT NULL,
    closes_us bigint NOT NULL,
    policy text DEFAULT ''::text NOT NULL,
    policy_digest text DEFAULT ''::text NOT NULL,
    kind text DEFAULT 'operation'::text NOT NULL,
    state text DEFAULT 'new'::text NOT NULL,
    made_by text DEFAULT 'system'::text NOT NULL,
    terms text DEFAULT '{}'::text NOT NULL,
    ended_us bigint,
    CONSTRAINT ck_deployments_kind CHECK ((kind = ANY (ARRAY['operation'::text, 'trial'::text]))),
    CONSTRAINT ck_deployments_state CHECK ((state = ANY (ARRAY['new'::text, 'authorised'::text, 'cancelled'::text, 'ended'::text])))
);


--
-- Name: draft_entries; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.draft_entries (
    draft text NOT NULL,
    "position" bigint NOT NULL,
    facts text NOT NULL,
    approved_by text,
    sealed bytea NOT NULL
);


--
-- Name: drafts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.drafts (
    id text NOT NULL,
    made_by text NOT NULL,
    made_us bigint NOT NULL,
    erase_after_us bigint NOT NULL,
    state text NOT NULL,
    sealed_us bigint,
    entries bigint NOT NULL,
    withdrawn bigint NOT NULL,
    salt bytea NOT NULL,
    CONSTRAINT ck_drafts_state CHECK ((state = ANY (ARRAY['kept'::text, 'erasing'::text, 'erased'::text])))
);


--
-- Name: erasures; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.erasures (
    id text NOT NULL,
    subject text NOT NULL,
    subject_id text NOT NULL,
    reason text NOT NULL,
    begun_us bigint NOT NULL,
    key_destroyed_us bigint,
    residue_cleared_us bigint,
    CONSTRAINT ck_erasures_subject CHECK ((subject = ANY (ARRAY['list'::text, 'entry'::text, 'alert'::text, 'draft'::text, 'decoys'::text, 'listed'::text])))
);


--
-- Name: figures; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.figures (
    deployment text NOT NULL,
    camera text NOT NULL,
    minute_us bigint NOT NULL,
    frames bigint NOT NULL,
    dropped bigint NOT NULL,
    faces_detected bigint NOT NULL,
    faces_seen bigint NOT NULL,
    possible_matches bigint NOT NULL,
    cooled_down bigint NOT NULL,
    lost bigint NOT NULL,
    unmatched_age_max_s double precision NOT NULL,
    oldest_pixel_max_s double precision NOT NULL,
    cpu_s double precision NOT NULL,
    video_s double precision NOT NULL,
    green_s double precision DEFAULT 0 NOT NULL,
    amber_s double precision DEFAULT 0 NOT NULL,
    red_s double precision DEFAULT 0 NOT NULL
);


--
-- Name: holds; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.holds (
    id text NOT NULL,
    alert text NOT NULL,
    "case" text NOT NULL,
    placed_by text NOT NULL,
    seconded_by text NOT NULL,
    placed_us bigint NOT NULL,
    expires_us bigint NOT NULL,
    lifted_us bigint
);


--
-- Name: leases; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.leases (
    deployment text NOT NULL,
    holder text NOT NULL,
    machine text NOT NULL,
    taken_us bigint NOT NULL,
    renewed_us bigint NOT NULL,
    ends_us bigint NOT NULL
);


--
-- Name: ledger_entries; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.ledger_entries (
    index bigint NOT NULL,
    entry bytea NOT NULL,
    leaf bytea NOT NULL,
    head bytea NOT NULL,
    frontier bytea NOT NULL
);


--
-- Name: list_entries; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.list_entries (
    watch_list text NOT NULL,
    "position" bigint NOT NULL,
    expires_us bigint,
    sealed bytea NOT NULL
);


--
-- Name: listed; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.listed (
    id text NOT NULL,
    deployment text NOT NULL,
    key text NOT NULL,
    root text NOT NULL,
    answer_until_us bigint NOT NULL,
    state text NOT NULL,
    outputs bytea NOT NULL,
    CONSTRAINT ck_listed_state CHECK ((state = ANY (ARRAY['kept'::text, 'erasing'::text, 'erased'::text])))
);


--
-- Name: looks; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.looks (
    alert text NOT NULL,
    account text NOT NULL,
    shown_us bigint NOT NULL
);


--
-- Name: nominals; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.nominals (
    deployment text NOT NULL,
    digest text NOT NULL
);


--
-- Name: outcomes; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.outcomes (
    id text NOT NULL,
    alert text NOT NULL,
    at_us bigint NOT NULL,
    account text NOT NULL,
    means text NOT NULL,
    result text NOT NULL,
    held_min bigint,
    followed text NOT NULL,
    served_aim boolean
);


--
-- Name: papers; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.papers (
    id text NOT NULL,
    kind text NOT NULL,
    deployment text,
    about text NOT NULL,
    account text NOT NULL,
    at_us bigint NOT NULL,
    content text NOT NULL
);


--
-- Name: second_factors; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.second_factors (
    account text NOT NULL,
    made_us bigint NOT NULL,
    counts_us bigint,
    last_step bigint NOT NULL,
    sealed bytea NOT NULL
);


--
-- Name: sessions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sessions (
    id text NOT NULL,
    account text NOT NULL,
    made_us bigint NOT NULL,
    expires_us bigint NOT NULL
);


--
-- Name: watch_lists; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.watch_lists (
    id text NOT NULL,
    deployment text NOT NULL,
    entries bigint NOT NULL,
    made_us bigint NOT NULL,
    erase_after_us bigint NOT NULL,
    state text NOT NULL,
    salt bytea NOT NULL,
    CONSTRAINT ck_watch_lists_state CHECK ((state = ANY (ARRAY['kept'::text, 'erasing'::text, 'erased'::text])))
);


--
-- Data for Name: accounts; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.accounts VALUES ('0193527e-8a00-7000-8000-000000007001', 'person 1', '["operator", "auditor"]', 'inspector', '$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA', '0000000000000000000000000000000000000000000000000000000000000001', 1795338060000000, 'active', 1795338000000001, 'system', NULL);
INSERT INTO public.accounts VALUES ('0193527e-8a00-7000-8000-000000007002', 'person 2', '["operator", "auditor"]', 'inspector', '$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA', '0000000000000000000000000000000000000000000000000000000000000002', NULL, 'active', 1795338000000002, 'system', '0193527e-8a00-7000-8000-000000007001');


--
-- Data for Name: alembic_version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.alembic_version VALUES ('0006');


--
-- Data for Name: alerts; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.alerts VALUES ('0193527e-8a00-7000-8000-000000002001', '0193527e-8a00-7000-8000-000000000001', 'north', 1, 1795338000000001, 2, 0.625, 0.5, 0.1, 3, '["small face", "dark"]', 420000, 1795338060000000, 'kept', '\x00ff7069637475726573', 'listed', NULL);
INSERT INTO public.alerts VALUES ('0193527e-8a00-7000-8000-000000002003', '0193527e-8a00-7000-8000-000000000001', 'north', 3, 1795338000000003, 2, 0.625, 0.5, 0.1, 3, '["small face", "dark"]', 420000, 1795338060000000, 'kept', '\x00ff7069637475726573', 'volunteer', 1795338000000008);
INSERT INTO public.alerts VALUES ('0193527e-8a00-7000-8000-000000002002', '0193527e-8a00-7000-8000-000000000001', 'north', 2, 1795338000000002, 2, 0.625, 0.5, 0.1, 3, '[]', NULL, 1795338060000000, 'erased', NULL, 'listed', NULL);


--
-- Data for Name: authorities; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.authorities VALUES ('0193527e-8a00-7000-8000-000000009001', '0193527e-8a00-7000-8000-000000000001', '0193527e-8a00-7000-8000-000000007001', '\x4920617574686f7269736500ff', '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f', '0000000000000000000000000000000000000000000000000000000000000001', 1795338000000001, NULL);
INSERT INTO public.authorities VALUES ('0193527e-8a00-7000-8000-000000009002', '0193527e-8a00-7000-8000-000000000001', '0193527e-8a00-7000-8000-000000007001', '\x4920617574686f7269736500ff', '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f', '0000000000000000000000000000000000000000000000000000000000000002', 1795338000000002, 1795338000000009);


--
-- Data for Name: clock_mark; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.clock_mark VALUES (1, 'b', 1795338000000000, 1000000, 0);


--
-- Data for Name: decisions; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.decisions VALUES ('0193527e-8a00-7000-8000-000000003001', '0193527e-8a00-7000-8000-000000002001', 1795338000000001, '0193527e-8a00-7000-8000-0000000000aa', 'worth-a-look', NULL);
INSERT INTO public.decisions VALUES ('0193527e-8a00-7000-8000-000000003002', '0193527e-8a00-7000-8000-000000002003', 1795338000000002, '0193527e-8a00-7000-8000-0000000000aa', 'worth-a-look', '\x007365616c656420776f726473');


--
-- Data for Name: decoy_pairs; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.decoy_pairs VALUES ('0193527e-8a00-7000-8000-00000000c001', 0, true, '\x007365616c656400');
INSERT INTO public.decoy_pairs VALUES ('0193527e-8a00-7000-8000-00000000c001', 1, false, '\x007365616c656401');
INSERT INTO public.decoy_pairs VALUES ('0193527e-8a00-7000-8000-00000000c001', 2, true, '\x007365616c656402');


--
-- Data for Name: decoy_sets; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.decoy_sets VALUES ('0193527e-8a00-7000-8000-00000000c001', '0193527e-8a00-7000-8000-0000000000ab', 1795338000000001, 1795344000000000, 3, 'kept');


--
-- Data for Name: decoys; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.decoys VALUES ('0193527e-8a00-7000-8000-000000002003', '0193527e-8a00-7000-8000-00000000c001', 0, true, '0000000000000000000000000000000000000000000000000000000000000000', NULL, '');


--
-- Data for Name: deployments; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.deployments VALUES ('0193527e-8a00-7000-8000-000000000001', '0000000000000000000000000000000000000000000000000000000000000001', 'High Street 1', 1795338000000000, 1795366800000000, '', '', 'operation', 'new', 'system', '{}', NULL);
INSERT INTO public.deployments VALUES ('0193527e-8a00-7000-8000-000000000002', '0000000000000000000000000000000000000000000000000000000000000002', 'High Street 2', 1795338000000000, 1795366800000000, '', '', 'operation', 'new', 'system', '{}', NULL);
INSERT INTO public.deployments VALUES ('0193527e-8a00-7000-8000-000000000003', '0000000000000000000000000000000000000000000000000000000000000003', 'High Street 3', 1795338000000000, 1795366800000000, 'uk-police', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'trial', 'ended', '0193527e-8a00-7000-8000-000000007001', '{"area": [[51.5, -0.1], [51.6, -0.1], [51.6, 0.0]], "cameras": 2}', 1795338000000007);


--
-- Data for Name: draft_entries; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.draft_entries VALUES ('0193527e-8a00-7000-8000-00000000b001', 0, '{"category": "wanted", "serious": true, "needs": []}', NULL, '\x007365616c656400');
INSERT INTO public.draft_entries VALUES ('0193527e-8a00-7000-8000-00000000b001', 1, '{"category": "wanted", "serious": false, "needs": ["age"]}', NULL, '\x007365616c656401');
INSERT INTO public.draft_entries VALUES ('0193527e-8a00-7000-8000-00000000b001', 2, '{"category": "wanted", "serious": true, "needs": ["age", "source"]}', NULL, '\x007365616c656402');


--
-- Data for Name: drafts; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.drafts VALUES ('0193527e-8a00-7000-8000-00000000b001', '0193527e-8a00-7000-8000-0000000000ab', 1795338000000001, 1795344000000000, 'kept', NULL, 3, 0, '\x01010101010101010101010101010101');


--
-- Data for Name: erasures; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.erasures VALUES ('0193527e-8a00-7000-8000-000000005001', 'alert', '0193527e-8a00-7000-8000-000000002001', 'retention', 1795338000000001, NULL, NULL);
INSERT INTO public.erasures VALUES ('0193527e-8a00-7000-8000-000000005002', 'alert', '0193527e-8a00-7000-8000-000000002001', 'retention', 1795338000000002, 1795338000000003, 1795338000000004);


--
-- Data for Name: figures; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.figures VALUES ('0193527e-8a00-7000-8000-000000000001', 'north', 1795338000000000, 7, 0, 0, 3, 0, 0, 0, 0.25, 0, 1.5, 0, 0, 0, 0);
INSERT INTO public.figures VALUES ('0193527e-8a00-7000-8000-000000000001', 'south', 1795338060000000, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);


--
-- Data for Name: holds; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.holds VALUES ('0193527e-8a00-7000-8000-000000004001', '0193527e-8a00-7000-8000-000000002001', 'CR/2026/17', '0193527e-8a00-7000-8000-0000000000aa', '0193527e-8a00-7000-8000-0000000000ab', 1795338000000001, 1795338600000000, NULL);
INSERT INTO public.holds VALUES ('0193527e-8a00-7000-8000-000000004002', '0193527e-8a00-7000-8000-000000002001', 'CR/2026/17', '0193527e-8a00-7000-8000-0000000000aa', '0193527e-8a00-7000-8000-0000000000ab', 1795338000000002, 1795338600000000, 1795338000000005);


--
-- Data for Name: leases; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.leases VALUES ('0193527e-8a00-7000-8000-000000000001', '0193527e-8a00-7000-8000-00000000a001', 'desk', 1795338000000000, 1795338000000000, 1795338120000000);


--
-- Data for Name: ledger_entries; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.ledger_entries VALUES (0, '\x7b225f76657273696f6e223a226f766572742d656e7472792d31222c226163746f72223a2273797374656d222c2261745f7573223a313739353333383030303030303030302c226465706c6f796d656e74223a6e756c6c2c226661637473223a7b226e756d626572223a307d2c22696e646578223a302c226b696e64223a22746573742e6e6f746564227d', '\x5a986d54e3d9b4cb5e027530f9a87bd1e401da69d7d042ab8c1613eef71ed875', '\x7b225f76657273696f6e223a226f766572742d686561642d31222c2261745f7573223a313739353333383030303030303030302c226c6f67223a2230313933353237652d386130302d373030302d383030302d303030303030303030303031222c22726f6f74223a2235613938366435346533643962346362356530323735333066396138376264316534303164613639643764303432616238633136313365656637316564383735222c2273697a65223a317d093165626631313432373632333036643337396364613031363534346138633461366438616635666364653435616639643466623737623163623339323364393333323361333733313262346636363961303739333936386661343731373830636366383934646463656538393865663732313533373131386639663466393062', '\x5a986d54e3d9b4cb5e027530f9a87bd1e401da69d7d042ab8c1613eef71ed875');
INSERT INTO public.ledger_entries VALUES (1, '\x7b225f76657273696f6e223a226f766572742d656e7472792d31222c226163746f72223a2273797374656d222c2261745f7573223a313739353333383030303030303030302c226465706c6f796d656e74223a6e756c6c2c226661637473223a7b226e756d626572223a317d2c22696e646578223a312c226b696e64223a22746573742e6e6f746564227d', '\xcd4490a39b3bb4f74278c341a2e6b58adbad0bf1721c2293e52c742c22eab90a', '\x7b225f76657273696f6e223a226f766572742d686561642d31222c2261745f7573223a313739353333383030303030303030302c226c6f67223a2230313933353237652d386130302d373030302d383030302d303030303030303030303031222c22726f6f74223a2234663832393261303162643133316436386632646432383533646534323634646464646137323737613532393030616532366362623065643538306163623763222c2273697a65223a327d093630373830656561626165613132633065643431623661313038376261646562346264633636616139333536656565626466643266643737626665356137643132303038306366303139313339336536623834626531346561663938646635386337663866383265346431376139386535376230643231626163306334323063', '\x4f8292a01bd131d68f2dd2853de4264dddda7277a52900ae26cbb0ed580acb7c');
INSERT INTO public.ledger_entries VALUES (2, '\x7b225f76657273696f6e223a226f766572742d656e7472792d31222c226163746f72223a2273797374656d222c2261745f7573223a313739353333383030303030303030302c226465706c6f796d656e74223a6e756c6c2c226661637473223a7b226e756d626572223a327d2c22696e646578223a322c226b696e64223a22746573742e6e6f746564227d', '\xdd6dec58b48aa15fd29c6fa89f82d18f61661acccebfae1b0c518e21bdbc63aa', '\x7b225f76657273696f6e223a226f766572742d686561642d31222c2261745f7573223a313739353333383030303030303030302c226c6f67223a2230313933353237652d386130302d373030302d383030302d303030303030303030303031222c22726f6f74223a2231313839336332383764356330306630313034656166613465383636623563336138363532656663363963333633323065333333343266666330333665363237222c2273697a65223a337d096130656636366362333862633936343836663430633164623234643232666330636430613933303966323565666133363863373935386264303231366134396161346238373538336365373866653163326331393431666630626264653262336438633930393432663031656664643736643366353865336432356334653064', '\x4f8292a01bd131d68f2dd2853de4264dddda7277a52900ae26cbb0ed580acb7cdd6dec58b48aa15fd29c6fa89f82d18f61661acccebfae1b0c518e21bdbc63aa');


--
-- Data for Name: list_entries; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.list_entries VALUES ('0193527e-8a00-7000-8000-000000001001', 0, NULL, '\x007365616c656400');
INSERT INTO public.list_entries VALUES ('0193527e-8a00-7000-8000-000000001001', 1, NULL, '\x007365616c656401');
INSERT INTO public.list_entries VALUES ('0193527e-8a00-7000-8000-000000001001', 2, NULL, '\x007365616c656402');


--
-- Data for Name: listed; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.listed VALUES ('0193527e-8a00-7000-8000-000000001001', '0193527e-8a00-7000-8000-000000000001', '0000000000000000000000000000000000000000000000000000000000000001', 'abababababababababababababababababababababababababababababababab', 1795344000000001, 'kept', '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f');


--
-- Data for Name: looks; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.looks VALUES ('0193527e-8a00-7000-8000-000000002001', '0193527e-8a00-7000-8000-0000000000aa', 1795338000000005);


--
-- Data for Name: nominals; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.nominals VALUES ('0193527e-8a00-7000-8000-000000000001', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');
INSERT INTO public.nominals VALUES ('0193527e-8a00-7000-8000-000000000001', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb');


--
-- Data for Name: outcomes; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.outcomes VALUES ('0193527e-8a00-7000-8000-000000006001', '0193527e-8a00-7000-8000-000000002001', 1795338000000001, '0193527e-8a00-7000-8000-0000000000ab', 'papers-shown', 'right', 4, 'arrest', true);
INSERT INTO public.outcomes VALUES ('0193527e-8a00-7000-8000-000000006002', '0193527e-8a00-7000-8000-000000002001', 1795338000000002, '0193527e-8a00-7000-8000-0000000000ab', 'papers-shown', 'right', NULL, 'arrest', NULL);


--
-- Data for Name: papers; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.papers VALUES ('0193527e-8a00-7000-8000-000000008001', 'review', '0193527e-8a00-7000-8000-000000000001', '', '0193527e-8a00-7000-8000-0000000000ab', 1795338000000001, '{"words": "All went well.", "pages": [1, 2.5, null, true]}');
INSERT INTO public.papers VALUES ('0193527e-8a00-7000-8000-000000008002', 'review', NULL, '', '0193527e-8a00-7000-8000-0000000000ab', 1795338000000002, '{"words": "All went well.", "pages": [1, 2.5, null, true]}');


--
-- Data for Name: second_factors; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.second_factors VALUES ('0193527e-8a00-7000-8000-000000007001', 1795338000000000, NULL, 0, '\x007365616c656420736563726574');
INSERT INTO public.second_factors VALUES ('0193527e-8a00-7000-8000-000000007002', 1795338000000000, 1795338000000006, 9, '\x007365616c656420736563726574');


--
-- Data for Name: sessions; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sessions VALUES ('0000000000000000000000000000000000000000000000000000000000000001', '0193527e-8a00-7000-8000-0000000000aa', 1795338000000000, 1795338060000000);


--
-- Data for Name: watch_lists; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.watch_lists VALUES ('0193527e-8a00-7000-8000-000000001001', '0193527e-8a00-7000-8000-000000000001', 3, 1795338000000001, 1795344000000000, 'kept', '\x01010101010101010101010101010101');
INSERT INTO public.watch_lists VALUES ('0193527e-8a00-7000-8000-000000001002', '0193527e-8a00-7000-8000-000000000001', 3, 1795338000000002, 1795344000000000, 'kept', '\x02020202020202020202020202020202');


--
-- Name: alembic_version alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: accounts pk_accounts; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT pk_accounts PRIMARY KEY (id);


--
-- Name: alerts pk_alerts; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT pk_alerts PRIMARY KEY (id);


--
-- Name: authorities pk_authorities; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.authorities
    ADD CONSTRAINT pk_authorities PRIMARY KEY (id);


--
-- Name: clock_mark pk_clock_mark; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.clock_mark
    ADD CONSTRAINT pk_clock_mark PRIMARY KEY (one);


--
-- Name: decisions pk_decisions; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT pk_decisions PRIMARY KEY (id);


--
-- Name: decoy_pairs pk_decoy_pairs; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decoy_pairs
    ADD CONSTRAINT pk_decoy_pairs PRIMARY KEY (decoy_set, "position");


--
-- Name: decoy_sets pk_decoy_sets; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decoy_sets
    ADD CONSTRAINT pk_decoy_sets PRIMARY KEY (id);


--
-- Name: decoys pk_decoys; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decoys
    ADD CONSTRAINT pk_decoys PRIMARY KEY (alert);


--
-- Name: deployments pk_deployments; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.deployments
    ADD CONSTRAINT pk_deployments PRIMARY KEY (id);


--
-- Name: draft_entries pk_draft_entries; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.draft_entries
    ADD CONSTRAINT pk_draft_entries PRIMARY KEY (draft, "position");


--
-- Name: drafts pk_drafts; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT pk_drafts PRIMARY KEY (id);


--
-- Name: erasures pk_erasures; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT pk_erasures PRIMARY KEY (id);


--
-- Name: figures pk_figures; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.figures
    ADD CONSTRAINT pk_figures PRIMARY KEY (deployment, camera, minute_us);


--
-- Name: holds pk_holds; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.holds
    ADD CONSTRAINT pk_holds PRIMARY KEY (id);


--
-- Name: leases pk_leases; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.leases
    ADD CONSTRAINT pk_leases PRIMARY KEY (deployment);


--
-- Name: ledger_entries pk_ledger_entries; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_entries
    ADD CONSTRAINT pk_ledger_entries PRIMARY KEY (index);


--
-- Name: list_entries pk_list_entries; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.list_entries
    ADD CONSTRAINT pk_list_entries PRIMARY KEY (watch_list, "position");


--
-- Name: listed pk_listed; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.listed
    ADD CONSTRAINT pk_listed PRIMARY KEY (id);


--
-- Name: looks pk_looks; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.looks
    ADD CONSTRAINT pk_looks PRIMARY KEY (alert, account);


--
-- Name: nominals pk_nominals; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.nominals
    ADD CONSTRAINT pk_nominals PRIMARY KEY (deployment, digest);


--
-- Name: outcomes pk_outcomes; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.outcomes
    ADD CONSTRAINT pk_outcomes PRIMARY KEY (id);


--
-- Name: papers pk_papers; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.papers
    ADD CONSTRAINT pk_papers PRIMARY KEY (id);


--
-- Name: second_factors pk_second_factors; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.second_factors
    ADD CONSTRAINT pk_second_factors PRIMARY KEY (account);


--
-- Name: sessions pk_sessions; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT pk_sessions PRIMARY KEY (id);


--
-- Name: watch_lists pk_watch_lists; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.watch_lists
    ADD CONSTRAINT pk_watch_lists PRIMARY KEY (id);


--
-- Name: accounts uq_accounts_name; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT uq_accounts_name UNIQUE (name);


--
-- Name: deployments uq_deployments_digest; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.deployments
    ADD CONSTRAINT uq_deployments_digest UNIQUE (digest);


--
-- Name: ix_alerts_deployment; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_alerts_deployment ON public.alerts USING btree (deployment);


--
-- Name: ix_authorities_deployment; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_authorities_deployment ON public.authorities USING btree (deployment);


--
-- Name: ix_decisions_alert; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_decisions_alert ON public.decisions USING btree (alert);


--
-- Name: ix_holds_alert; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_holds_alert ON public.holds USING btree (alert);


--
-- Name: ix_listed_deployment; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_listed_deployment ON public.listed USING btree (deployment);


--
-- Name: ix_nominals_digest; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_nominals_digest ON public.nominals USING btree (digest);


--
-- Name: ix_outcomes_alert; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_outcomes_alert ON public.outcomes USING btree (alert);


--
-- Name: ix_papers_deployment; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_papers_deployment ON public.papers USING btree (deployment);


--
-- Name: ix_papers_kind; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_papers_kind ON public.papers USING btree (kind);


--
-- Name: ix_watch_lists_deployment; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_watch_lists_deployment ON public.watch_lists USING btree (deployment);


--
-- Name: ledger_entries ledger_entries_next_index; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_entries_next_index BEFORE INSERT ON public.ledger_entries FOR EACH ROW EXECUTE FUNCTION public.ledger_entries_next_index();

ALTER TABLE public.ledger_entries ENABLE ALWAYS TRIGGER ledger_entries_next_index;


--
-- Name: ledger_entries ledger_entries_no_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_entries_no_change BEFORE DELETE OR UPDATE ON public.ledger_entries FOR EACH ROW EXECUTE FUNCTION public.ledger_entries_refuse();

ALTER TABLE public.ledger_entries ENABLE ALWAYS TRIGGER ledger_entries_no_change;


--
-- Name: ledger_entries ledger_entries_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_entries_no_truncate BEFORE TRUNCATE ON public.ledger_entries FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_entries_refuse();

ALTER TABLE public.ledger_entries ENABLE ALWAYS TRIGGER ledger_entries_no_truncate;


--
-- Name: alerts fk_alerts_deployment; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT fk_alerts_deployment FOREIGN KEY (deployment) REFERENCES public.deployments(id);


--
-- Name: authorities fk_authorities_deployment; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.authorities
    ADD CONSTRAINT fk_authorities_deployment FOREIGN KEY (deployment) REFERENCES public.deployments(id);


--
-- Name: decisions fk_decisions_alert; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT fk_decisions_alert FOREIGN KEY (alert) REFERENCES public.alerts(id);


--
-- Name: decoy_pairs fk_decoy_pairs_decoy_set; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decoy_pairs
    ADD CONSTRAINT fk_decoy_pairs_decoy_set FOREIGN KEY (decoy_set) REFERENCES public.decoy_sets(id);


--
-- Name: decoys fk_decoys_alert; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decoys
    ADD CONSTRAINT fk_decoys_alert FOREIGN KEY (alert) REFERENCES public.alerts(id);


--
-- Name: decoys fk_decoys_decoy_set; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decoys
    ADD CONSTRAINT fk_decoys_decoy_set FOREIGN KEY (decoy_set) REFERENCES public.decoy_sets(id);


--
-- Name: draft_entries fk_draft_entries_draft; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.draft_entries
    ADD CONSTRAINT fk_draft_entries_draft FOREIGN KEY (draft) REFERENCES public.drafts(id);


--
-- Name: figures fk_figures_deployment; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.figures
    ADD CONSTRAINT fk_figures_deployment FOREIGN KEY (deployment) REFERENCES public.deployments(id);


--
-- Name: holds fk_holds_alert; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.holds
    ADD CONSTRAINT fk_holds_alert FOREIGN KEY (alert) REFERENCES public.alerts(id);


--
-- Name: leases fk_leases_deployment; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.leases
    ADD CONSTRAINT fk_leases_deployment FOREIGN KEY (deployment) REFERENCES public.deployments(id);


--
-- Name: list_entries fk_list_entries_watch_list; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.list_entries
    ADD CONSTRAINT fk_list_entries_watch_list FOREIGN KEY (watch_list) REFERENCES public.watch_lists(id);


--
-- Name: listed fk_listed_deployment; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.listed
    ADD CONSTRAINT fk_listed_deployment FOREIGN KEY (deployment) REFERENCES public.deployments(id);


--
-- Name: listed fk_listed_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.listed
    ADD CONSTRAINT fk_listed_id FOREIGN KEY (id) REFERENCES public.watch_lists(id);


--
-- Name: looks fk_looks_alert; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.looks
    ADD CONSTRAINT fk_looks_alert FOREIGN KEY (alert) REFERENCES public.alerts(id);


--
-- Name: nominals fk_nominals_deployment; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.nominals
    ADD CONSTRAINT fk_nominals_deployment FOREIGN KEY (deployment) REFERENCES public.deployments(id);


--
-- Name: outcomes fk_outcomes_alert; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.outcomes
    ADD CONSTRAINT fk_outcomes_alert FOREIGN KEY (alert) REFERENCES public.alerts(id);


--
-- Name: papers fk_papers_deployment; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.papers
    ADD CONSTRAINT fk_papers_deployment FOREIGN KEY (deployment) REFERENCES public.deployments(id);


--
-- Name: second_factors fk_second_factors_account; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.second_factors
    ADD CONSTRAINT fk_second_factors_account FOREIGN KEY (account) REFERENCES public.accounts(id);


--
-- Name: watch_lists fk_watch_lists_deployment; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.watch_lists
    ADD CONSTRAINT fk_watch_lists_deployment FOREIGN KEY (deployment) REFERENCES public.deployments(id);


--
-- PostgreSQL database dump complete
--

\unrestrict rQCieZmrCecSu5blsyJLZGartEbFuHCynbwe2DAwnMgn2TySQRcEJRm31yuboi8

