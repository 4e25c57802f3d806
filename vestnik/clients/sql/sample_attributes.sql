-- The attributes of the sample's clients, so that texts may name them. Those that are there already stay as they are.
INSERT INTO vestnik_attribute (name, type) VALUES ('bonus', 'number'), ('first_name', 'text') ON CONFLICT DO NOTHING
