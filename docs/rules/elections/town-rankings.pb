META
key;value
description;The same ten residents rank projects
country;Worldwide
unit;Example
instance;town-rankings
num_projects;4
num_votes;10
budget;1000
vote_type;ordinal
rule;unknown
date_begin;2026
date_end;2026
max_length;3
PROJECTS
project_id;cost;name
sports;600;Sports field
tennis;400;Tennis court
library;300;Library corner
benches;150;Benches
VOTES
voter_id;vote
1;sports,tennis,benches
2;sports,tennis,benches
3;tennis,sports
4;tennis,sports
5;tennis,sports
6;tennis,sports
7;library,benches
8;library
9;library
10;library
