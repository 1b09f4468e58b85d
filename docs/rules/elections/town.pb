META
key;value
description;Ten residents approve projects
country;Worldwide
unit;Example
instance;town
num_projects;4
num_votes;10
budget;1000
vote_type;approval
rule;unknown
date_begin;2026
date_end;2026
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
3;sports,tennis
4;sports,tennis
5;sports,tennis
6;sports,tennis
7;library,benches
8;library
9;library
10;library
