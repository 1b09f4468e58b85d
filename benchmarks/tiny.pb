META
key;value
description;Counted once before the clock starts
country;Worldwide
unit;Tiny town
instance;2026
num_projects;2
num_votes;3
budget;10
vote_type;approval
rule;unknown
date_begin;2026
date_end;2026
PROJECTS
project_id;cost;name
1;6;Swing
2;5;Bench
VOTES
voter_id;vote
1;1
2;1,2
3;2
